import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "@keelson/server/api";
import { isWell } from "./status.ts";

type Status = Parameters<typeof isWell>[0];
type State = NonNullable<Status["cluster"]>["processes"][number]["state"];

/** A platform of one part and one database in these states. */
const platform = (state: State, phase: Database["phase"]): Status => ({
  running: true,
  cluster: {
    pid: 1,
    data: "/srv/k",
    settings: { nodes: 1, apiPort: 1, portalPort: 2 },
    stopping: false,
    processes: [{ name: "operator", state, restarts: 0 }],
  },
  databases: [{ phase } as Database],
});

test("all is well when every part is ready, and every database is ready or paused", () => {
  assert.equal(isWell(platform("ready", "ready")), true);
  assert.equal(isWell(platform("ready", "paused")), true);
  assert.equal(isWell({ ...platform("ready", "ready"), databases: [] }), true);
});

test("a part that restarts, a database that is down or not complete, and databases that are not known are not well", () => {
  assert.equal(isWell(platform("restarting", "ready")), false);
  for (const phase of ["unavailable", "degraded", "blocked", "creating", "updating", "pausing"] as const)
    assert.equal(isWell(platform("ready", phase)), false, phase);
  const { databases: _, ...unknown } = platform("ready", "ready");
  assert.equal(isWell({ ...unknown, problem: "the server does not answer" }), false);
  assert.equal(isWell({ running: false }), false);
});
