import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Live } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import { backupConfigHash } from "../cluster/config-maps.ts";
import { annotation } from "../cluster/labels.ts";
import { normalize } from "../cluster/normalize.ts";
import { catalogue, clusterResource, live, NOW, viewOf } from "../testing/fixtures.ts";
import { ERA, firstBackupDone } from "./era.ts";
import { planSchedules, scheduleProblems } from "./plan-schedules.ts";

const VOLUME = { name: "repo1", volume: { volumeClaimSpec: {} } };
const S3 = { name: "repo1", s3: { bucket: "b", endpoint: "e", region: "r" } };
const ERA_OF_VOLUME = "7400//repo1:volume:";

function setUp(repo: object, notes: Record<string, string>, backups: Live<PerconaPGBackup>[] = []) {
  const spec = { backups: { pgbackrest: { repos: [repo] } } };
  const stanza = `7400/${backupConfigHash(normalize(clusterResource(spec as never), catalogue).cluster)}`;
  const applied = JSON.stringify({ stanza, ...notes });
  const cr = clusterResource(spec as never, { annotations: { [annotation.applied]: applied } });
  return { c: normalize(cr, catalogue).cluster, view: viewOf({ cr, backups }) };
}

const ended = (name: string, state: string, secondsAgo: number, era?: string): Live<PerconaPGBackup> =>
  live({
    metadata: { name, ...(era === undefined ? {} : { annotations: { [ERA]: era } }) },
    spec: { pgCluster: "orders", repoName: "repo1" },
    status: { state, completed: new Date(NOW - secondsAgo * 1000).toISOString() },
  } as PerconaPGBackup);

const scheduledBackup = (name: string, state: string | undefined): Live<PerconaPGBackup> =>
  live({
    metadata: { name, annotations: { [annotation.backupJobType]: "scheduled" } },
    spec: { pgCluster: "orders", repoName: "repo1", options: ["--type=full"] },
    status: state === undefined ? {} : { state },
  } as PerconaPGBackup);

const damaged = (backup: Live<PerconaPGBackup>): Live<PerconaPGBackup> => ({
  ...backup,
  status: { ...backup.status, backupName: "20261121-011502F" },
});

describe("schedules", () => {
  const topic = "schedule/repo1/full";
  const plan = (full: string, mark?: string, backups: Live<PerconaPGBackup>[] = []) => {
    const notes = { replicaCreate: ERA_OF_VOLUME, ...(mark === undefined ? {} : { [topic]: mark }) };
    const { c, view } = setUp({ ...VOLUME, schedules: { full } }, notes, backups);
    return planSchedules(c, view);
  };

  test("a new schedule counts from now", () => {
    const p = plan("0 * * * *");
    assert.deepEqual(p.backups, []);
    assert.equal(p.marks[topic], `${NOW} 0 * * * *`);
  });
  test("a time that has passed, also while the operator was away, gives one backup with a name of its own", () => {
    const p = plan("0 * * * *", `${NOW - 5 * 3_600_000} 0 * * * *`);
    assert.equal(p.backups.length, 1);
    assert.match(p.backups[0]?.name ?? "", /^orders-repo1-full-.{5}$/);
    assert.equal(p.marks[topic], `${NOW} 0 * * * *`);
  });
  test("what has run does not run again, and the next time is waited for", () => {
    const p = plan("30 * * * *", `${NOW - 1_800_000} 30 * * * *`);
    assert.deepEqual(p.backups, []);
    assert.equal(p.requeueAfterMs, 1_800_000);
  });
  test("one that failed is tried again twice, with pauses, under names of their own", () => {
    const mark = `${NOW - 1_800_000} 30 * * * *`;
    const name = plan("30 * * * *", `${NOW - 5_400_000} 30 * * * *`).backups[0]?.name ?? "";
    assert.deepEqual(plan("30 * * * *", mark, [ended(name, "Failed", 20)]).requeueAfterMs, 40_000);
    const second = plan("30 * * * *", mark, [ended(name, "Failed", 61)]);
    assert.deepEqual(second.marks, {});
    const names = [name, second.backups[0]?.name ?? ""];
    const third = plan("30 * * * *", mark, [ended(name, "Failed", 300), ended(names[1] ?? "", "Failed", 121)]);
    names.push(third.backups[0]?.name ?? "");
    assert.equal(new Set(names).size, 3);
    const spent = names.map((n) => ended(n, "Failed", 600));
    assert.deepEqual(plan("30 * * * *", mark, spent).backups, []);
  });
  test("one of damaged data is not repeated: it is in the repository, and another would be as bad", () => {
    const mark = `${NOW - 1_800_000} 30 * * * *`;
    const name = plan("30 * * * *", `${NOW - 5_400_000} 30 * * * *`).backups[0]?.name ?? "";
    assert.deepEqual(plan("30 * * * *", mark, [damaged(ended(name, "Failed", 61))]).backups, []);
  });
  test("one that was repeated with success is not repeated again", () => {
    const mark = `${NOW - 1_800_000} 30 * * * *`;
    const name = plan("30 * * * *", `${NOW - 5_400_000} 30 * * * *`).backups[0]?.name ?? "";
    const second = plan("30 * * * *", mark, [ended(name, "Failed", 61)]).backups[0]?.name ?? "";
    const made = [ended(name, "Failed", 900), ended(second, "Succeeded", 600)];
    assert.deepEqual(plan("30 * * * *", mark, made).backups, []);
  });
  test("while a backup of the schedule waits or runs, no other is made; its missed times are made up for once", () => {
    const overdue = `${NOW - 5 * 3_600_000} */10 * * * *`;
    const of = (state: string | undefined, more: object = {}): Live<PerconaPGBackup> => {
      const backup = scheduledBackup("earlier", state);
      return { ...backup, spec: { ...backup.spec, ...more } };
    };
    for (const state of [undefined, "Starting", "Running"]) {
      const held = plan("*/10 * * * *", overdue, [of(state)]);
      assert.deepEqual([held.backups, held.marks], [[], {}], state);
      assert.equal(held.requeueAfterMs, 600_000, state);
    }
    const withMetadata = (metadata: object): Live<PerconaPGBackup> => {
      const backup = of("Running");
      return { ...backup, metadata: { ...backup.metadata, ...metadata } };
    };
    const others = [
      of("Succeeded"),
      of("Failed"),
      withMetadata({ deletionTimestamp: new Date(NOW).toISOString() }),
      of("Running", { repoName: "repo2" }),
      of("Running", { options: ["--type=incr"] }),
      withMetadata({ annotations: {} }),
    ];
    const after = plan("*/10 * * * *", overdue, others);
    assert.equal(after.backups.length, 1);
    assert.equal(after.marks[topic], `${NOW} */10 * * * *`);
  });
  test("a text that is no schedule is named", () => {
    const { c } = setUp({ ...VOLUME, schedules: { full: "every now and then" } }, {});
    assert.deepEqual(
      scheduleProblems(c).map((p) => [p.reason, p.field]),
      [["InvalidParameter", "spec.backups.pgbackrest.repos[repo1].schedules.full"]],
    );
    assert.deepEqual(plan("every now and then").backups, []);
  });
});

describe("the first backup", () => {
  const plan = (repo: object, notes: Record<string, string>, backups: Live<PerconaPGBackup>[] = []) => {
    const { c, view } = setUp(repo, notes, backups);
    return { ...planSchedules(c, view), done: firstBackupDone(c, view) };
  };
  test("is made for a new database, and noted when it is there", () => {
    const fresh = plan(VOLUME, {});
    assert.deepEqual([fresh.backups.map((b) => b.jobType), fresh.done], [["replica-create"], false]);
    const there = plan(VOLUME, {}, [ended("b", "Succeeded", 60, ERA_OF_VOLUME)]);
    assert.deepEqual([there.backups, there.marks, there.done], [[], { replicaCreate: ERA_OF_VOLUME }, true]);
  });
  test("is made again when the repository is another one, although backups of that name have succeeded", () => {
    const moved = plan(S3, { replicaCreate: ERA_OF_VOLUME }, [ended("b", "Succeeded", 60, ERA_OF_VOLUME)]);
    assert.deepEqual([moved.backups.map((b) => b.jobType), moved.done], [["replica-create"], false]);
  });
  test("that failed is made again, each time after a longer pause", () => {
    const failed = [ended("a", "Failed", 300, ERA_OF_VOLUME), ended("b", "Failed", 90, ERA_OF_VOLUME)];
    assert.equal(plan(VOLUME, {}, failed).requeueAfterMs, 30_000);
    const twelveHours = 12 * 3_600_000;
    assert.equal(plan(VOLUME, {}, failed.map(damaged)).requeueAfterMs, twelveHours - 90_000);
  });
});
