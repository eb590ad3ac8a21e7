import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError, type Client } from "@keelson/kube";
import { pgCluster } from "../../testing/fixtures.ts";
import type { PgCluster } from "../model/resources.ts";
import { deleteDatabase } from "./delete-database.ts";

const key = { namespace: "shop", name: "orders" };
const own = "keelson.dev/orderly-shutdown";
const takers = ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"];

type Meta = NonNullable<PgCluster["metadata"]>;
interface Write {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly finalizers?: string[];
}

/**
 * A database in a Kubernetes that refuses writes for an older version. `between` runs before each write arrives: what others do after the
 * look that the write follows. `log` has what was written, `!` for a refused write.
 */
function world(finalizers: string[], more: Partial<Meta> = {}) {
  const meta = { ...key, uid: "u1", resourceVersion: "7", finalizers, ...more };
  const log: string[] = [];
  const state = {
    cluster: pgCluster({ meta }) as PgCluster | undefined,
    between: (_verb: string, _count: number): void => undefined,
    change: (change: Partial<Meta>) => {
      const metadata: Meta = { ...state.cluster?.metadata, ...change };
      state.cluster = pgCluster({
        meta: { ...metadata, resourceVersion: String(Number(metadata.resourceVersion) + 1) },
      });
    },
    finalizers: () => state.cluster?.metadata?.finalizers,
    log,
  };
  const counts: Record<string, number> = {};
  const arrive = (verb: string, write: Write) => {
    counts[verb] = (counts[verb] ?? 0) + 1;
    state.between(verb, counts[verb]);
    const now = state.cluster?.metadata;
    if (now === undefined) return;
    if (write.resourceVersion !== now.resourceVersion || (write.uid ?? now.uid) !== now.uid) {
      log.push(`${verb}!`);
      throw new ApiError({ status: 409, reason: "Conflict", message: "the object has been modified" });
    }
    log.push(verb);
  };
  const client = {
    get: async () => structuredClone(state.cluster),
    patch: async (_kind: unknown, _key: unknown, { body }: { body: { metadata: Write } }) => {
      arrive("patch", body.metadata);
      state.change({ finalizers: body.metadata.finalizers ?? [] });
      return state.cluster;
    },
    delete: async (_kind: unknown, _key: unknown, write: Write) => {
      arrive("delete", write);
      if (state.cluster === undefined) return false;
      state.change({ deletionTimestamp: "2026-11-21T09:00:00Z" });
      return true;
    },
  };
  const deleteIt = (deleteData: boolean, uid?: string) =>
    deleteDatabase({ client: client as unknown as Client }, key, { deleteData, uid });
  return Object.assign(state, { deleteIt, isDeleted: () => state.cluster?.metadata?.deletionTimestamp !== undefined });
}

/** The operator writes status: the version alone changes. */
const operatorBefore = (w: ReturnType<typeof world>, verb: string, times: number) => {
  w.between = (given, count) => {
    if (given === verb && count <= times) w.change({});
  };
};

describe("deleting a database", () => {
  it("takes the backups along when the data are to go", async () => {
    for (const finalizers of [[own], [own, ...takers.slice(0, 1)]]) {
      const w = world(finalizers);
      await w.deleteIt(true);
      assert.deepEqual(
        [w.log, w.finalizers()],
        [
          ["patch", "delete"],
          [own, ...takers],
        ],
      );
    }
  });

  it("takes out whatever names data for removal when they are kept", async () => {
    for (const finalizers of [[own, ...takers], ...takers.map((taker) => [taker, own])]) {
      const w = world(finalizers);
      await w.deleteIt(false);
      assert.deepEqual([w.log, w.finalizers()], [["patch", "delete"], [own]]);
    }
  });

  it("writes nothing first when the finalizers are as they should be", async () => {
    for (const [finalizers, deleteData] of [
      [[own], false],
      [[own, ...takers], true],
    ] as const) {
      const w = world([...finalizers]);
      await w.deleteIt(deleteData);
      assert.deepEqual([w.log, w.finalizers()], [["delete"], finalizers]);
    }
  });

  it("says that data go when it is too late to keep them, and the other way round", async () => {
    for (const [finalizers, deleteData, words] of [
      [[own, ...takers.slice(0, 1)], false, /already, with data: percona.com\/delete-pvc\./],
      [[own, ...takers.slice(0, 2)], true, /already, without percona.com\/delete-backups: what these name stays/],
    ] as const) {
      const w = world([...finalizers], { deletionTimestamp: "2026-11-21T09:00:00Z" });
      await assert.rejects(w.deleteIt(deleteData), { code: "Conflict", message: words });
      assert.deepEqual(w.log, []);
    }
  });

  it("has nothing to do for one that goes as it should already", async () => {
    for (const [finalizers, deleteData] of [
      [[own], false],
      [takers, true],
    ] as const) {
      const w = world([...finalizers], { deletionTimestamp: "2026-11-21T09:00:00Z" });
      await w.deleteIt(deleteData);
      assert.deepEqual(w.log, []);
    }
  });
});

describe("deleting a database that others write to meanwhile", () => {
  it("looks again and goes on, with data and without", async () => {
    for (const [finalizers, deleteData, wanted] of [
      [[own], true, [own, ...takers]],
      [[own, ...takers], false, [own]],
    ] as const) {
      const w = world([...finalizers]);
      operatorBefore(w, "delete", 3);
      await w.deleteIt(deleteData);
      assert.deepEqual(w.log, ["patch", "delete!", "delete!", "delete!", "delete"]);
      assert.deepEqual([w.isDeleted(), w.finalizers()], [true, wanted]);
    }
    const w = world([own]);
    operatorBefore(w, "patch", 2);
    await w.deleteIt(true);
    assert.deepEqual(
      [w.log, w.finalizers()],
      [
        ["patch!", "patch!", "patch", "delete"],
        [own, ...takers],
      ],
    );
  });

  it("corrects finalizers that somebody changes on the way", async () => {
    const w = world([own]);
    w.between = (verb, count) => {
      if (verb === "delete" && count === 1) w.change({ finalizers: [own, ...takers.slice(0, 1)] });
    };
    await w.deleteIt(false);
    assert.deepEqual([w.log, w.finalizers(), w.isDeleted()], [["delete!", "patch", "delete"], [own], true]);
  });

  it("puts the finalizers back when it gives up, and those alone", async () => {
    for (const [before, deleteData] of [
      [[own, ...takers.slice(0, 1)], true],
      [[own], true],
      [[own, ...takers.slice(1)], false],
    ] as const) {
      const w = world([...before]);
      w.between = (verb, count) => {
        // The operator adds a finalizer of its own once, and writes status all the time.
        const added = verb === "delete" && count === 1 ? ["percona.com/other"] : [];
        if (verb === "delete" || count === 2) w.change({ finalizers: [...(w.finalizers() ?? []), ...added] });
      };
      const words = /not deleted: somebody wrote to it at each of 5 attempts\. Its finalizers are as they were\./;
      await assert.rejects(w.deleteIt(deleteData), { code: "Changed", message: words });
      assert.deepEqual(w.log, ["patch", ...Array(5).fill("delete!"), "patch!", "patch"]);
      assert.equal(w.isDeleted(), false);
      assert.deepEqual([...(w.finalizers() ?? [])].sort(), [...before, "percona.com/other"].sort());
    }
  });

  it("puts them back after any other failure too, which is what it tells", async () => {
    const w = world([own]);
    w.between = (verb) => {
      if (verb === "delete") throw new ApiError({ status: 403, reason: "Forbidden", message: "may not" });
    };
    await assert.rejects(w.deleteIt(true), { status: 403 });
    assert.deepEqual(w.finalizers(), [own]);
  });

  it("says what is left when they cannot be put back", async () => {
    const w = world([own, ...takers.slice(0, 1)]);
    w.between = (verb, count) => {
      if (verb === "delete" || count > 1) throw new ApiError({ status: 500, message: "no more" });
    };
    await assert.rejects(w.deleteIt(true), (error: Error & { extras?: { remedy?: string } }) => {
      assert.match(error.message, /could not be put back: no more\..*any deletion takes its volumes and backups along/);
      assert.match(error.extras?.remedy ?? "", /before, of them percona.com\/delete-pvc was there.*kubectl edit pg/);
      return true;
    });
  });

  it("touches nothing that was made anew under the name, and is done when it is gone", async () => {
    for (const goneForGood of [false, true]) {
      const w = world([own]);
      w.between = (verb) => {
        if (verb !== "delete") return;
        if (goneForGood) w.cluster = undefined;
        else w.change({ uid: "u2", finalizers: [] });
      };
      if (goneForGood) await w.deleteIt(true);
      else {
        await assert.rejects(w.deleteIt(true), { code: "Changed", message: /made anew/ });
        assert.deepEqual([w.finalizers(), w.isDeleted()], [[], false]);
      }
    }
  });
});
