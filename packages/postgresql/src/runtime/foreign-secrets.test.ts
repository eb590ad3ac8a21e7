import assert from "node:assert/strict";
import { test } from "node:test";
import { secretData } from "@keelson/engine";
import type { Client, KubeSecret } from "@keelson/kube";
import { label } from "../cluster/labels.ts";
import { ForeignSecrets } from "./foreign-secrets.ts";

/** A client that answers as `store` has it, after all who ask at the same time have asked. */
function secretsIn(store: Map<string, KubeSecret>): { readonly foreign: ForeignSecrets; readonly reads: string[] } {
  const reads: string[] = [];
  const get = async (_kind: unknown, { name }: { name: string }): Promise<KubeSecret | undefined> => {
    reads.push(name);
    await new Promise(setImmediate);
    return store.get(name);
  };
  return { foreign: new ForeignSecrets({ get } as unknown as Client), reads };
}

const { signal } = new AbortController();
const namespace = "prod";
const mine: KubeSecret = { metadata: { name: "mine" }, data: secretData({ password: "x" }) };

test("what was read counts for a while, also that there is nothing", async () => {
  const { foreign, reads } = secretsIn(new Map([["mine", mine]]));
  for (let n = 0; n < 3; n++) {
    assert.equal((await foreign.read(namespace, "mine", signal))?.texts["password"], "x");
    assert.equal(await foreign.read(namespace, "none", signal), undefined);
  }
  assert.deepEqual(reads, ["mine", "none"]);
});

test("of clusters that name the same Secret one gets it, whether it is there or not, and whatever was read before", async () => {
  for (const name of ["mine", "none"]) {
    const { foreign } = secretsIn(new Map([["mine", mine]]));
    await foreign.read(namespace, name, signal);
    const clusters = ["orders", "shop", "audit"];
    const found = await Promise.all(clusters.map((cluster) => foreign.claim({ namespace, name, cluster }, signal)));
    assert.deepEqual(
      found.map((secret) => secret?.cluster),
      [undefined, "orders", "orders"],
      name,
    );
    assert.equal((await foreign.claim({ namespace, name, cluster: "shop" }, signal))?.cluster, "orders");
    assert.equal((await foreign.read(namespace, name, signal))?.cluster, "orders");
    assert.notEqual((await foreign.claim({ namespace, name, cluster: "orders" }, signal))?.cluster, "shop");
  }
});

test("a claim sees the label that has been written since the Secret was read", async () => {
  const store = new Map([["mine", mine]]);
  const { foreign } = secretsIn(store);
  assert.equal((await foreign.read(namespace, "mine", signal))?.cluster, undefined);
  store.set("mine", { ...mine, metadata: { name: "mine", labels: { [label.cluster]: "shop" } } });
  assert.equal((await foreign.claim({ namespace, name: "mine", cluster: "orders" }, signal))?.cluster, "shop");
});
