import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, KubeSecret } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import { ForeignKeys } from "../runtime/foreign-keys.ts";
import { catalogue, clusterResource, live, pgCluster, viewOf } from "../testing/fixtures.ts";
import { acceptedSpecMap } from "./accepted-spec.ts";
import { type Admission, admission } from "./admission.ts";
import type { View } from "./view.ts";

type Spec = PerconaPGCluster["spec"];

const files = (name: string, port = 5432): Partial<Spec> =>
  ({ port, config: { files: [{ secret: { name, items: [{ key: "krb5", path: "krb5.keytab" }] } }] } }) as never;

/** A cluster whose specification is `asked` now and was accepted as `before`. */
function viewBetween(asked: Partial<Spec>, before?: Partial<Spec>): View {
  const view = viewOf({ cr: clusterResource(asked) });
  if (before === undefined) return view;
  const map = live(acceptedSpecMap(pgCluster(before), clusterResource(before).spec));
  return { ...view, configMaps: new Map([[map.metadata.name, map]]) };
}

/** With these Secrets of the user's. */
async function admitted(view: View, secrets: Readonly<Record<string, KubeSecret>>): Promise<Admission> {
  const client = { get: async (_: unknown, { name }: { name: string }) => secrets[name] } as unknown as Client;
  return await admission(view, { catalogue, foreignKeys: new ForeignKeys(client) }, new AbortController().signal);
}

const WITH_KEY = { data: { krb5: "AA==" } };

test("what is there, with its keys, is no problem", async () => {
  const { problems, isActionable, mustNotRestart, waits } = await admitted(viewBetween(files("keytab")), {
    keytab: WITH_KEY,
  });
  assert.deepEqual([problems, isActionable, mustNotRestart, waits], [[], true, false, false]);
});

test("what the cluster itself has is not looked up", async () => {
  const view = viewOf({ cr: clusterResource(files("keytab")) });
  const secrets = new Map([["keytab", live({ metadata: { name: "keytab" }, ...WITH_KEY } as KubeSecret)]]);
  assert.deepEqual((await admitted({ ...view, secrets }, {})).problems, []);
});

for (const [what, secrets] of [
  ["a Secret", {}],
  ["a key", { keytab: { data: { other: "AA==" } } }],
] as const) {
  test(`a specification that names ${what} which is missing is not in force: the one before stays`, async () => {
    const found = await admitted(viewBetween(files("keytab", 6000), { port: 5433 }), secrets);
    assert.deepEqual([found.cluster.port, found.cluster.configFiles, found.isActionable], [5433, [], true]);
    assert.deepEqual([found.problems.length, found.mustNotRestart, found.waits], [1, false, true]);
    const fresh = await admitted(viewBetween(files("keytab")), secrets);
    assert.deepEqual([fresh.isActionable, fresh.problems.length, fresh.waits], [false, 1, true]);
  });
}

test("one that was accepted stays in force when what it refers to has gone, but nothing is restarted", async () => {
  for (const asked of [
    files("keytab"),
    { ...files("keytab"), standby: { enabled: true, host: "x" } } as Partial<Spec>,
  ]) {
    const found = await admitted(viewBetween(asked, files("keytab")), {});
    assert.equal(found.cluster.configFiles.length, 1);
    assert.deepEqual([found.isActionable, found.problems.length, found.mustNotRestart], [true, 1, true]);
  }
});
