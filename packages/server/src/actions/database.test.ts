import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Client } from "@keelson/kube";
import { pgCluster } from "../../testing/fixtures.ts";
import type { CreateDatabase } from "../api/requests.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { PgCluster } from "../model/resources.ts";
import { createDatabase, updateDatabase } from "./database.ts";

const key = { namespace: "shop", name: "orders" };

/** A fleet with at most one database, and a client that takes every write. */
function world(cluster?: PgCluster) {
  const take = async () => ({});
  const client = { create: take, apply: take, patch: take };
  const fleet = { cluster: () => cluster };
  return { parts: { client: client as unknown as Client, fleet: fleet as unknown as Fleet } };
}

describe("creating a database", () => {
  const create = (request: Partial<CreateDatabase>) =>
    createDatabase(world().parts, { name: "orders", ...request }, true);

  it("takes the schedules that the operator takes, and no others", async () => {
    for (const schedule of ["0 1 * * *", "0 1 * * MON", "@daily", "0 1 * JAN 1-5", "*/15 8-17 * * *"])
      await create({ backups: { enabled: true, schedule, incrementalSchedule: schedule } });
    for (const schedule of ["0 25 * * *", "nightly", "0 1 * *", "0 1 * * FUN", ""]) {
      const refusal = { code: "InvalidField", extras: { field: "/backups/schedule", value: schedule } };
      await assert.rejects(create({ backups: { enabled: true, schedule } }), (error: Error & typeof refusal) => {
        assert.deepEqual(
          [error.code, error.extras.field, error.extras.value],
          ["InvalidField", ...Object.values(refusal.extras)],
        );
        return true;
      });
    }
  });

  it("refuses a volume that is too small, in whichever unit", async () => {
    for (const storage of ["255Mi", "0.2Gi"]) await assert.rejects(create({ storage }), /too small/);
    for (const storage of ["256Mi", "0.5Gi", "1Ti"]) await create({ storage });
  });
});

describe("changing a database", () => {
  it("compares sizes by what they are, not by how they are written", async () => {
    const { parts } = world({ ...pgCluster() });
    await assert.rejects(updateDatabase(parts, key, { storage: "10239Mi" }), /cannot|not shrink/);
    await updateDatabase(parts, key, { storage: "10240Mi" });
  });
});
