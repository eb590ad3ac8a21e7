import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection, DatabaseDetail } from "@keelson/server/api";
import { defaultData } from "../data-option.ts";
import { describeDatabase } from "./database-describe.ts";
import { databaseTable } from "./database-list.ts";

const refused: DatabaseDetail = {
  namespace: "shop",
  name: "orders",
  engine: "postgresql",
  version: "17",
  phase: "blocked",
  state: "ready",
  level: "bad",
  headline: "Takes writes, but: something in the manifest cannot be done",
  problem: "spec.standby: standby clusters are not supported",
  remedy: "Take the field out.",
  instances: { ready: 1, wanted: 1 },
  poolers: { ready: 0, wanted: 0 },
  storage: "1Gi",
  backups: { enabled: false, schedules: [], leftBehind: [] },
  createdAt: "2026-11-21T08:00:00.000Z",
  uid: "u",
  resourceVersion: "1",
  topology: { instances: [], poolers: [], repositories: [], synchronous: false },
  steps: [],
  conditions: [],
  manifest: {},
};

test("what is wrong is said before what to do about it", () => {
  const connection: Connection = { endpoints: [], users: [], tls: true, revealed: false };
  const [, headline, problem, remedy] = describeDatabase(refused, connection, []).split("\n");
  assert.deepEqual([headline, problem, remedy], [refused.headline, refused.problem, `What to do: ${refused.remedy}`]);
  assert.ok(databaseTable([refused], defaultData).includes(`${refused.headline} (${refused.problem})`));
});
