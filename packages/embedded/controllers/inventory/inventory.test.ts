import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Change,
  Client,
  CustomResourceDefinition,
  Kind,
  KubeObject,
  WatchEvent,
  WatchOptions,
} from "@keelson/kube";
import { silentLogger } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import type { Runtime } from "../runtime.ts";
import { Inventory } from "./inventory.ts";

type Crd = Extract<Change<CustomResourceDefinition>, { type: "added" }>["object"];

function crd(version: string): Crd {
  const names = { kind: "Thing", plural: "things" };
  return {
    metadata: { name: "things.example.com", uid: "u", resourceVersion: version, creationTimestamp: "" },
    spec: {
      group: "example.com",
      names,
      scope: "Namespaced",
      versions: [{ name: version, served: true, storage: true }],
    },
    status: { conditions: [{ type: "Established", status: "True" }] },
  } as unknown as Crd;
}

/** An API server that serves one version of Things at a time; there is one Thing. */
class Api {
  served = "v1alpha1";
  readonly asked: string[] = [];

  onWrite = (): (() => void) => () => {};
  raw = async () => ({ status: 200, headers: {}, body: Buffer.from("{}") });

  async *watch(kind: Kind, { signal }: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>> {
    this.asked.push(kind.version);
    if (kind.version !== this.served) throw new Error("the server could not find the requested resource");
    const ownerReferences = [{ apiVersion: "v1", kind: "Owner", name: "o", uid: "owner" }];
    const thing = {
      name: "a",
      namespace: "ns",
      uid: "a",
      resourceVersion: "5",
      creationTimestamp: "",
      ownerReferences,
    };
    yield { type: "ADDED", object: { apiVersion: kind.apiVersion, kind: kind.kind, metadata: thing } } as never;
    const annotations = { "k8s.io/initial-events-end": "true" };
    yield { type: "BOOKMARK", object: { metadata: { resourceVersion: "6", annotations } } } as never;
    await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  }
}

test("a custom kind is followed in the version that is served now, and its objects are never missing meanwhile", async () => {
  const api = new Api();
  let tell: (change: Change<CustomResourceDefinition>) => void = () => {};
  const crds = {
    synced: async () => {},
    list: () => [],
    subscribe: (handler: typeof tell) => {
      tell = handler;
      return () => {};
    },
  };
  const runtime = { client: api as unknown as Client, cache: { informer: () => crds }, logger: silentLogger };
  const inventory = new Inventory(runtime as unknown as Runtime);
  const stop = new AbortController();
  const running = inventory.run(stop.signal);
  await inventory.ready;
  const versions = () => inventory.dependents("owner").map(({ kind }) => kind.version);

  tell({ type: "added", object: crd("v1alpha1"), initial: true });
  await until("the objects are known", () => versions().length === 1);
  api.served = "v1";
  tell({ type: "updated", object: crd("v1"), previous: crd("v1alpha1") });
  assert.deepEqual(versions(), ["v1alpha1"]);
  assert.equal(inventory.kindById("things.example.com")?.version, "v1");
  await until("they are known by their new version", () => versions()[0] === "v1");
  assert.equal(versions().length, 1);
  const asked = api.asked.length;
  tell({ type: "updated", object: crd("v1"), previous: crd("v1") });
  assert.equal(api.asked.length, asked, "nothing changed");
  const gone: string[] = [];
  inventory.subscribe((_, { type }) => gone.push(type));
  tell({ type: "deleted", object: crd("v1") });
  assert.deepEqual([gone, versions()], [["added", "deleted"], []]);
  stop.abort();
  await running;
});
