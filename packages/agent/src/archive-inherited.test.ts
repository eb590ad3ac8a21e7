import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { archiveInherited, inherited, notArchived } from "./archive-inherited.ts";

const MEGABYTE = 1024 ** 2;
const FIRST = "000000010000000000000002";
const SECOND = "000000010000000000000003";
const LATER = "000000020000000000000003";
const before = [FIRST, SECOND, "00000002.history", LATER];

/** The answers of a pgBackRest whose repositories have these files, by folder. */
function pgbackrest(info: unknown, folders: Readonly<Record<string, readonly string[]>> = {}) {
  const asked: string[] = [];
  const ask = async (args: readonly string[]): Promise<string> => {
    if (args[0] === "info") return JSON.stringify([info]);
    const folder = `${args[1]} ${args.at(-1)}`;
    asked.push(folder);
    return JSON.stringify(Object.fromEntries((folders[folder] ?? []).map((name) => [name, { type: "file" }])));
  };
  return { ask, asked };
}

const archive = (repository: number, id: number, min: string | null = FIRST) => ({
  id: `17-${id}`,
  min,
  database: { id, "repo-key": repository },
});

describe("what the archive lacks", () => {
  const folders = {
    "--repo=1 archive/db/17-1": ["00000002.history"],
    "--repo=1 archive/db/17-1/0000000100000000": [`${FIRST}-0a1b.zst`],
    "--repo=1 archive/db/17-1/0000000200000000": [`${LATER}-2c3d`],
  };

  test("is what its folders do not have; each is listed once", async () => {
    const { ask, asked } = pgbackrest({ repo: [{ key: 1 }], archive: [archive(1, 1)] }, folders);
    assert.deepEqual(await notArchived(before, ask), [SECOND]);
    assert.deepEqual(asked.toSorted(), Object.keys(folders));
  });

  test("is what any of several repositories lacks, and all of it while one has no archive", async () => {
    const both = { repo: [{ key: 1 }, { key: 3 }], archive: [archive(1, 1), archive(3, 1)] };
    const third = {
      "--repo=3 archive/db/17-1": ["00000002.history"],
      "--repo=3 archive/db/17-1/0000000100000000": [`${FIRST}-0a1b.zst`, `${SECOND}-4e5f.zst`],
    };
    assert.deepEqual(await notArchived(before, pgbackrest(both, { ...folders, ...third }).ask), [SECOND, LATER]);
    const without = pgbackrest({ ...both, archive: [archive(1, 1)] }, folders);
    assert.deepEqual(await notArchived(before, without.ask), before);
  });

  test("is sought in the archive of the newest version, and not before its first segment", async () => {
    const two = [archive(1, 2, SECOND), archive(1, 1)];
    const { ask, asked } = pgbackrest({ repo: [{ key: 1 }], archive: two });
    assert.deepEqual(await notArchived(before, ask), ["00000002.history", LATER]);
    assert.ok(asked.every((folder) => folder.includes("/17-2")));
  });
});

describe("a new primary", () => {
  const server = (t: { after: (end: () => void) => void }) => {
    const wal = mkdtempSync(join(tmpdir(), "archive-inherited-"));
    t.after(() => rmSync(wal, { recursive: true }));
    mkdirSync(join(wal, "archive_status"));
    for (const name of [...before, "000000020000000000000004", "000000030000000000000004"])
      writeFileSync(join(wal, name), name.endsWith(".history") ? "1\t0/3000798\tx\n" : Buffer.alloc(MEGABYTE));
    writeFileSync(join(wal, "00000003.history"), "1\t0/400000\tx\n\n2\t0/400798\tx\n");
    const marks = (): string[] => readdirSync(join(wal, "archive_status")).sort();
    const mark = (name: string): void => writeFileSync(join(wal, "archive_status", name), "");
    return { wal, marks, mark };
  };

  test("inherits nothing on the first timeline, and what was whole before each fork on a later one", async (t) => {
    const { wal } = server(t);
    assert.deepEqual(await inherited(wal), before.toSorted());
    for (const name of ["00000002.history", "00000003.history"]) rmSync(join(wal, name));
    assert.deepEqual(await inherited(wal), []);
  });

  test("has PostgreSQL archive what the archive lacks, marked or not, and leaves the other marks alone", async (t) => {
    const { wal, marks, mark } = server(t);
    for (const name of [FIRST, SECOND, "00000002.history"]) mark(`${name}.done`);
    const folders = { "--repo=1 archive/db/17-1/0000000100000000": [`${FIRST}-0a1b.zst`] };
    const { ask } = pgbackrest({ repo: [{ key: 1 }], archive: [archive(1, 1)] }, folders);
    const lacking = [SECOND, "00000002.history", LATER].toSorted();
    assert.deepEqual(await archiveInherited(wal, ask), lacking);
    const marked = [`${FIRST}.done`, ...lacking.map((name) => `${name}.ready`)].sort();
    assert.deepEqual(marks(), marked);
    await archiveInherited(wal, ask);
    assert.deepEqual(marks(), marked);
  });

  test("has all segments archived, and so kept, until the archive answers, and then those that it lacks", async (t) => {
    const { wal, marks, mark } = server(t);
    const segments = [FIRST, SECOND, LATER];
    for (const name of before) mark(`${name}.done`);
    const { ask } = pgbackrest(
      { repo: [{ key: 1 }], archive: [archive(1, 1)] },
      { "--repo=1 archive/db/17-1/0000000100000000": [`${FIRST}-0a1b.zst`] },
    );
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = archiveInherited(wal, (args) => asked.then(() => ask(args)), 0);
    const kept = [...segments.map((name) => `${name}.ready`), "00000002.history.done"].sort();
    while (marks().join() !== kept.join()) await new Promise((resolve) => setImmediate(resolve));
    answer();
    assert.deepEqual(await slow, [SECOND, "00000002.history", LATER].toSorted());
    assert.deepEqual(marks(), [`${FIRST}.done`, `${SECOND}.ready`, "00000002.history.ready", `${LATER}.ready`].sort());
  });

  test("keeps all segments for the archive while that cannot be asked", async (t) => {
    const { wal, marks } = server(t);
    const away = async (): Promise<string> => Promise.reject(new Error("the repository host is away"));
    await assert.rejects(archiveInherited(wal, away, 0), /away/);
    assert.deepEqual(marks(), [FIRST, SECOND, LATER].map((name) => `${name}.ready`).sort());
  });
});
