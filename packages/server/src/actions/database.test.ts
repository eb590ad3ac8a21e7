import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Client } from "@keelson/kube";
import { pgCluster } from "../../testing/fixtures.ts";
import type { CreateDatabase } from "../api/requests.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { PgCluster } from "../model/resources.ts";
import { createDatabase, deleteDatabase, updateDatabase } from "./database.ts";

const key = { namespace: "shop", name: "orders" };

/** A fleet with at most one database, and a client that notes what is written. Every patch makes resource version 8. */
function world(cluster?: PgCluster) {
  const written: { verb: string; body: unknown }[] = [];
  const note = (verb: string) => async (_kind: unknown, _object: unknown, body?: unknown) => {
    written.push({ verb, body });
    return { metadata: { resourceVersion: "8" } };
  };
  const client = {
    get: async () => cluster,
    create: note("create"),
    apply: note("apply"),
    patch: note("patch"),
    delete: note("delete"),
  };
  const fleet = { cluster: () => cluster };
  return { parts: { client: client as unknown as Client, fleet: fleet as unknown as Fleet }, written };
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

describe("deleting a database", () => {
  const own = "keelson.dev/orderly-shutdown";
  const takers = ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"];
  const database = (finalizers: string[], more: { deletionTimestamp?: string } = {}) =>
    world(
      pgCluster({ meta: { name: "orders", namespace: "shop", uid: "u1", resourceVersion: "7", finalizers, ...more } }),
    );
  const going = (finalizers: string[]) => database(finalizers, { deletionTimestamp: "2026-11-21T09:00:00Z" });
  const patch = (finalizers: string[]) => ({
    verb: "patch",
    body: { type: "merge", body: { metadata: { resourceVersion: "7", finalizers } } },
  });
  const remove = (resourceVersion: string) => ({ verb: "delete", body: { uid: "u1", resourceVersion } });

  it("takes the backups along when the data are to go", async () => {
    for (const finalizers of [[own], [own, ...takers.slice(0, 1)]]) {
      const { parts, written } = database(finalizers);
      await deleteDatabase(parts, key, { deleteData: true });
      assert.deepEqual(written, [patch([own, ...takers]), remove("8")]);
    }
  });

  it("takes out whatever names data for removal when they are kept", async () => {
    for (const finalizers of [[own, ...takers], ...takers.map((taker) => [taker, own])]) {
      const { parts, written } = database(finalizers);
      await deleteDatabase(parts, key, { deleteData: false });
      assert.deepEqual(written, [patch([own]), remove("8")]);
    }
  });

  it("writes nothing first when the finalizers are as they should be, and deletes only what it looked at", async () => {
    for (const [finalizers, deleteData] of [
      [[own], false],
      [[own, ...takers], true],
    ] as const) {
      const { parts, written } = database([...finalizers]);
      await deleteDatabase(parts, key, { deleteData });
      assert.deepEqual(written, [remove("7")]);
    }
  });

  it("says that data go when it is too late to keep them, and the other way round", async () => {
    for (const [finalizers, deleteData, words] of [
      [[own, ...takers.slice(0, 1)], false, /already, with data: percona.com\/delete-pvc\./],
      [[own, ...takers.slice(0, 2)], true, /already, without percona.com\/delete-backups: what these name stays/],
    ] as const) {
      const { parts, written } = going([...finalizers]);
      await assert.rejects(deleteDatabase(parts, key, { deleteData }), { code: "Conflict", message: words });
      assert.deepEqual(written, []);
    }
  });

  it("has nothing to do for one that goes as it should already", async () => {
    for (const [finalizers, deleteData] of [
      [[own], false],
      [takers, true],
    ] as const) {
      const { parts, written } = going([...finalizers]);
      await deleteDatabase(parts, key, { deleteData });
      assert.deepEqual(written, []);
    }
  });
});
