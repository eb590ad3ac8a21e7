import assert from "node:assert/strict";
import { test } from "node:test";
import type { PgCluster, PodKnobs } from "./model.ts";
import { spread } from "./spread.ts";

const cluster = { name: "c" } as PgCluster;
const knobs = (given: Partial<PodKnobs> = {}): PodKnobs => given as PodKnobs;
const zoneTerms = (placement: ReturnType<typeof spread>) =>
  placement.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.map(
    ({ weight, podAffinityTerm }) => [weight, podAffinityTerm.topologyKey],
  );

test("only a label that every node has is a constraint: without a zone, machines still count", () => {
  const placement = spread(cluster, knobs(), "postgres");
  assert.deepEqual(
    placement.topologySpreadConstraints?.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
    [["kubernetes.io/hostname", "ScheduleAnyway"]],
  );
  assert.deepEqual(zoneTerms(placement), [[1, "topology.kubernetes.io/zone"]]);
});

test("what the user wishes stays, and goes before", () => {
  const term = { weight: 100, podAffinityTerm: { topologyKey: "rack" } };
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname" }],
    preferredDuringSchedulingIgnoredDuringExecution: [term],
  };
  const affinity = { nodeAffinity: {}, podAntiAffinity };
  const own = { maxSkew: 2, topologyKey: "rack", whenUnsatisfiable: "DoNotSchedule" };
  const placement = spread(cluster, knobs({ affinity, topologySpreadConstraints: [own] }), "postgres");
  assert.deepEqual(placement.affinity?.nodeAffinity, {});
  assert.deepEqual(
    placement.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
    podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution,
  );
  assert.deepEqual(zoneTerms(placement), [
    [100, "rack"],
    [1, "topology.kubernetes.io/zone"],
  ]);
  assert.deepEqual(placement.topologySpreadConstraints?.[0], own);
  assert.equal(placement.topologySpreadConstraints?.length, 2);
});

test("pods that hold no data get what the user wishes and nothing else", () => {
  assert.deepEqual(spread(cluster, knobs()), { topologySpreadConstraints: [] });
});
