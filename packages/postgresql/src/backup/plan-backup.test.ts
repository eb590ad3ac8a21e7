import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job, Live } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import { annotation } from "../cluster/labels.ts";
import { normalize } from "../cluster/normalize.ts";
import { catalogue, clusterResource, live, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { parseInfo, restorableTime } from "./info.ts";
import { planBackup, whoseTurn } from "./plan-backup.ts";
import { planSchedules } from "./schedule-controller.ts";

const marks = { stanza: "7400/x" };
const done = { pgbackrest: { repos: [{ name: "repo1", stanzaCreated: true, replicaCreateBackupComplete: true }] } };
const resource = (spec: object = {}, more: Record<string, string> = {}) =>
  clusterResource(
    spec as never,
    { annotations: { [annotation.applied]: JSON.stringify({ ...marks, ...more }) } },
    done as never,
  );

const backup = (name: string, over: { spec?: object; status?: object; created?: number } = {}): Live<PerconaPGBackup> =>
  live(
    {
      metadata: { name },
      spec: { pgCluster: "orders", repoName: "repo1", ...over.spec },
      ...(over.status === undefined ? {} : { status: over.status }),
    } as PerconaPGBackup,
    over.created,
  );

const step = (b: Live<PerconaPGBackup>, scene: Scene = {}, jobs: Live<Job>[] = [], cr = resource()) => {
  const view = { ...viewOf({ cr, backups: [b], ...scene }), jobs: new Map(jobs.map((j) => [j.metadata.name, j])) };
  return planBackup(normalize(cr, catalogue).cluster, view, b);
};

const job = (name: string, condition?: string): Live<Job> =>
  live({
    metadata: { name },
    status: condition === undefined ? { active: 1 } : { conditions: [{ type: condition, status: "True" }] },
  } as Job);

describe("a backup", () => {
  test("starts when the cluster can", () => assert.equal(step(backup("b")).type, "start"));
  for (const [what, b, reason] of [
    ["a repository that the cluster does not have", backup("b", { spec: { repoName: "repo4" } }), "UnknownRepo"],
    ["an option that leads elsewhere", backup("b", { spec: { options: ["--repo=2"] } }), "InvalidOptions"],
    ["a word that is no option", backup("b", { spec: { options: ["stanza-delete"] } }), "InvalidOptions"],
    ["a snapshot", backup("b", { spec: { method: "volumeSnapshot" } }), "UnsupportedFeature"],
  ] as const) {
    test(`fails for ${what}`, () => {
      const s = step(b);
      assert.deepEqual(s.type === "fail" && s.reason, reason);
    });
  }
  test("waits without a primary, in a pause, and behind another", () => {
    assert.equal(step(backup("b"), { leader: null }).type, "wait");
    assert.equal(step(backup("b"), {}, [], resource({ pause: true })).type, "wait");
    const first = backup("a", { status: { state: "Running" } });
    const second = backup("b");
    const s = step(second, { backups: [first, second] });
    assert.deepEqual(s.type === "wait" && s.reason, "LeaseAlreadyHeld");
  });
  test("the one that has started goes before an older one that has not", () => {
    const [old, started] = [backup("a", { created: NOW - 9e6 }), backup("b", { status: { state: "Starting" } })];
    assert.equal(whoseTurn([old, started])?.metadata.name, "b");
  });
  test("follows its Job", () => {
    const started = backup("b", { status: { state: "Starting", jobName: "j" } });
    const running = backup("b", { status: { state: "Running", jobName: "j" } });
    assert.equal(step(started).type, "createJob");
    assert.equal(step(started, {}, [job("j")]).type, "running");
    assert.equal(step(running, {}, [job("j", "Complete")]).type, "collect");
    assert.equal(step(running, {}, [job("j", "Failed")]).type, "fail");
    assert.deepEqual(step(running), { type: "collect", jobGone: true });
  });
});

describe("what pgBackRest tells", () => {
  test("backups with their annotations", () => {
    const json = JSON.stringify([
      {
        name: "db",
        backup: [
          {
            label: "A",
            type: "full",
            annotation: { k: "v" },
            database: { "repo-key": 2 },
            info: { repository: { delta: 5 } },
            timestamp: { start: 1, stop: 2 },
          },
        ],
      },
    ]);
    assert.deepEqual(parseInfo(json, "db"), [
      {
        label: "A",
        type: "full",
        repo: 2,
        repositoryBytes: 5,
        startedAt: 1,
        endedAt: 2,
        annotations: { k: "v" },
        failed: false,
      },
    ]);
    assert.deepEqual(parseInfo("nonsense", "db"), []);
  });
  test("the time of the last commit in the contract's form", () => {
    assert.equal(restorableTime("2026-11-21 09:15:53.438394 UTC"), "2026-11-21 09:15:53.438394+0000");
    assert.equal(restorableTime("2026-11-21 09:15:53 UTC"), "2026-11-21 09:15:53.000000+0000");
    assert.equal(restorableTime("today"), undefined);
  });
});

describe("schedules", () => {
  const spec = (full: string) => ({
    backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: {} }, schedules: { full } }] } },
  });
  const plan = (full: string, more: Record<string, string>) => {
    const cr = resource(spec(full), { replicaCreate: "7400/", ...more });
    return planSchedules(normalize(cr, catalogue).cluster, viewOf({ cr }));
  };
  const topic = "schedule/repo1/full";

  test("a new schedule counts from now", () => {
    const p = plan("0 * * * *", {});
    assert.deepEqual(p.backups, []);
    assert.equal(p.marks[topic], `${NOW} 0 * * * *`);
  });
  test("a time that has passed, also while the operator was away, gives one backup with a name of its own", () => {
    const p = plan("0 * * * *", { [topic]: `${NOW - 5 * 3_600_000} 0 * * * *` });
    assert.equal(p.backups.length, 1);
    assert.match(p.backups[0]?.name ?? "", /^orders-repo1-full-.{5}$/);
    assert.equal(p.marks[topic], `${NOW} 0 * * * *`);
  });
  test("what has run does not run again, and the next time is waited for", () => {
    const p = plan("30 * * * *", { [topic]: `${NOW - 1_800_000} 30 * * * *` });
    assert.deepEqual(p.backups, []);
    assert.equal(p.requeueAfterMs, 1_800_000);
  });
  test("a text that is no schedule is named", () => {
    assert.match(
      plan("every now and then", {}).problems[0] ?? "",
      /spec\.backups\.pgbackrest\.repos\[repo1\]\.schedules\.full/,
    );
  });
  test("a new database gets a first backup, once", () => {
    const cr = resource({});
    const view = viewOf({ cr });
    const p = planSchedules(normalize(cr, catalogue).cluster, view);
    assert.deepEqual(
      p.backups.map((b) => b.jobType),
      ["replica-create"],
    );
  });
});
