import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDisruptionBudget } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import { live, type Member, pgCluster, viewOf } from "../testing/fixtures.ts";
import { obsoleteObjects } from "./desired.ts";
import { label } from "./labels.ts";
import type { WantedInstance } from "./plan-instances.ts";
import type { View } from "./view.ts";

type Spec = Partial<PerconaPGCluster["spec"]>;

/** The set `i` of the fixture, with changes. */
const instances = (changes: object): Spec => ({
  instances: [{ name: "i", replicas: 3, dataVolumeClaimSpec: {}, ...changes }] as never,
});

const none = { wanted: [] };

const OURS = [{ apiVersion: "", kind: "", name: "orders", uid: "c0ffee00-0000" }];

function budgets(...all: readonly (readonly [name: string, ownerReferences?: typeof OURS])[]): View["budgets"] {
  return new Map(
    all.map(([name, ownerReferences = OURS]) => [
      name,
      live<PodDisruptionBudget>({ metadata: { name, ownerReferences } }),
    ]),
  );
}

const dropped = (spec: Spec, found: View["budgets"], members?: Member[]): string[] =>
  obsoleteObjects(pgCluster(spec), { ...viewOf(members === undefined ? {} : { members }), budgets: found }, none)
    .filter(({ kind }) => kind === "PodDisruptionBudget")
    .map(({ name }) => name);

test("a budget goes when nobody asks for it any more, and no other", () => {
  const found = budgets(["orders-set-i"], ["orders-pgbouncer"], ["mine", []]);
  const pooled: Spec = { proxy: { pgBouncer: { replicas: 2 } } };
  assert.deepEqual(dropped({ ...instances({}), ...pooled }, found), []);
  assert.deepEqual(dropped({ ...instances({ minAvailable: 0 }), ...pooled }, found), ["orders-set-i"]);
  assert.deepEqual(dropped({ ...instances({ replicas: 1 }), ...pooled }, found), ["orders-set-i"]);
  assert.deepEqual(dropped(instances({}), found), ["orders-pgbouncer"]);
});

test("the budget of a set that was renamed stays while instances of it do", () => {
  const found = budgets(["orders-set-old"]);
  assert.deepEqual(dropped({}, found, [{ name: "orders-old-zzzz", set: "old", role: "primary" }]), []);
  assert.deepEqual(dropped({}, found, [{ name: "orders-i-aaaa", role: "primary" }]), ["orders-set-old"]);
});

test("configuration and certificates go with their instance, once nothing of it is left", () => {
  const c = pgCluster();
  const of = (name: string) => live({ metadata: { name, labels: { [label.instance]: "orders-i-cccc" } } }) as never;
  const byName = (...all: string[]) => new Map<string, never>(all.map((name) => [name, of(name)]));
  const left = { configMaps: byName("orders-i-cccc-config", "mine"), secrets: byName("orders-i-cccc-certs") };
  const [a, b]: Member[] = [{ name: "orders-i-aaaa", role: "primary" }, { name: "orders-i-cccc" }];
  assert.ok(a && b);
  const kinds = (members: Member[], wanted: readonly WantedInstance[] = []): string[] =>
    obsoleteObjects(c, { ...viewOf({ members }), ...left }, { wanted }).map(({ kind }) => kind);
  assert.deepEqual(kinds([a]), ["ConfigMap", "Secret"]);
  assert.deepEqual(kinds([a, b]), []);
  const [set] = c.sets;
  assert.ok(set);
  assert.deepEqual(kinds([a], [{ name: b.name, set, running: true }]), [], "it is about to be made");
  const gone = viewOf({ members: [a, b] });
  const stopping: View = { ...gone, ...left, statefulSets: new Map() };
  assert.deepEqual(obsoleteObjects(c, stopping, none), [], "its pod still reads them");
});
