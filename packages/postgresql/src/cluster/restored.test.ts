import assert from "node:assert/strict";
import { test } from "node:test";
import type { PerconaPGRestore } from "@keelson/resources";
import { clusterResource, live, NOW, pgCluster, type Scene, viewOf } from "../testing/fixtures.ts";
import { desiredObjects } from "./desired.ts";
import { annotation } from "./labels.ts";
import { planInstances } from "./plan-instances.ts";
import { restoredData, restoredMark } from "./restored.ts";

const HOUR = 3_600_000;
const c = pgCluster();

const restore = (name: string, at: number, annotations: Record<string, string> = {}, state = "Succeeded") =>
  live<PerconaPGRestore>({
    metadata: {
      name,
      uid: `${name}-uid-0123`,
      creationTimestamp: new Date(at).toISOString(),
      annotations: { "keelson.dev/instance": "orders-i-aaaa", "keelson.dev/step": "starting", ...annotations },
    },
    spec: { pgCluster: "orders", repoName: "repo1" },
    status: { state, ...(state === "Succeeded" ? { completed: new Date(at + 60_000).toISOString() } : {}) },
  } as never);

test("the newest restore counts, whatever a manifest that is applied again says", () => {
  const cr = clusterResource({}, { annotations: { [annotation.restored]: "r1-r1-uid-0" } });
  const view = viewOf({ cr, restores: [restore("r1", NOW - 3 * HOUR), restore("r2", NOW - HOUR)] });
  assert.equal(restoredData(c, view)?.id, "r2-r2-uid-0");
  assert.equal(restoredData(c, viewOf({ cr })), undefined, "an annotation from another cluster is no restore");
});

test("a restore that has not started instances does not count; one that brought the old data back does", () => {
  const view = (annotations: Record<string, string>, state: string) =>
    viewOf({ restores: [restore("r", NOW, annotations, state)] });
  assert.equal(restoredData(c, view({ "keelson.dev/step": "" }, "Running")), undefined);
  assert.equal(restoredData(c, view({}, "")), undefined, "a copy of an older resource, with its annotations");
  assert.equal(restoredData(c, view({}, "Starting"))?.id, "r-r-uid-01");
  assert.equal(restoredData(c, view({}, "Running"))?.id, "r-r-uid-01");
  assert.equal(restoredData(c, view({ "keelson.dev/failure": "no" }, "Failed"))?.id, "r-r-uid-01-back");
  const untouched = { "keelson.dev/failure": "no", "keelson.dev/untouched": "true" };
  assert.equal(restoredData(c, view(untouched, "Failed")), undefined, "nothing was overwritten");
});

test("the restored instance is told nothing; a volume that is younger than the restore cannot be older data", () => {
  const view = viewOf({ claims: ["orders-i-bbbb"] });
  const restored = { id: "r", instance: "orders-i-aaaa", at: NOW };
  assert.equal(restoredMark(restored, view, "orders-i-aaaa"), undefined);
  assert.deepEqual(restoredMark(restored, view, "orders-i-bbbb"), { id: "r", at: NOW });
  assert.deepEqual(restoredMark({ ...restored, at: NOW - 24 * HOUR }, view, "orders-i-bbbb"), {
    id: "r",
    at: undefined,
  });
  assert.deepEqual(restoredMark(restored, view, "orders-i-new"), { id: "r", at: undefined });
});

test("instances hear of a restore when they start, and are not restarted because its resource comes or goes", () => {
  const desired = (scene: Scene) => {
    const view = viewOf(scene);
    return desiredObjects(c, view, planInstances(c, view));
  };
  const before = desired({});
  const after = desired({ restores: [restore("r", NOW - HOUR)] });
  assert.deepEqual([...after.templates], [...before.templates]);
  assert.match(JSON.stringify(after.workloads[1]), /KEELSON_RESTORED","value":"r-r-uid-01"/);
  assert.doesNotMatch(JSON.stringify(after.workloads[0]), /KEELSON_RESTORED/);
});
