import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job, Live } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import { backupConfigHash } from "../cluster/config-maps.ts";
import { annotation } from "../cluster/labels.ts";
import { normalize } from "../cluster/normalize.ts";
import { problem } from "../reasons.ts";
import { catalogue, clusterResource, live, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { parseArchives, parseInfo, restorableTime } from "./info.ts";
import { backupJob, backupJobName } from "./job.ts";
import { planBackup, planUnaccepted, whoseTurn } from "./plan-backup.ts";
import { resultOf } from "./result.ts";

/** A cluster that can be backed up, unless notes say otherwise. */
const resource = (spec: object = {}, notes: Record<string, string> = {}) => {
  const stanza = `7400/${backupConfigHash(normalize(clusterResource(spec as never), catalogue).cluster)}`;
  const applied = JSON.stringify({ stanza, replicaCreate: "7400//repo1:volume:", ...notes });
  return clusterResource(spec as never, { annotations: { [annotation.applied]: applied } });
};

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

const job = (name: string, of: PerconaPGBackup, condition?: string): Live<Job> =>
  live({
    metadata: { name, ownerReferences: [{ uid: of.metadata.uid }] },
    status: condition === undefined ? { active: 1 } : { conditions: [{ type: condition, status: "True" }] },
  } as unknown as Job);

describe("a backup", () => {
  test("starts when the cluster can", () => assert.equal(step(backup("b")).type, "start"));
  for (const [what, b, reason] of [
    ["a repository that the cluster does not have", backup("b", { spec: { repoName: "repo4" } }), "UnknownRepo"],
    ["an option that leads elsewhere", backup("b", { spec: { options: ["--repo=2"] } }), "InvalidOptions"],
    ["an old name of such an option", backup("b", { spec: { options: ["--db-path=/x"] } }), "InvalidOptions"],
    ["files of a running server", backup("b", { spec: { options: ["--no-online", "--force"] } }), "InvalidOptions"],
    ["a backup without its log", backup("b", { spec: { options: ["--archive-check=n"] } }), "InvalidOptions"],
    ["a word that is no option", backup("b", { spec: { options: ["stanza-delete"] } }), "InvalidOptions"],
    ["a snapshot", backup("b", { spec: { method: "volumeSnapshot" } }), "UnsupportedFeature"],
  ] as const) {
    test(`fails for ${what}`, () => {
      const s = step(b);
      assert.deepEqual(s.type === "fail" && s.reason, reason);
    });
  }
  test("takes options that change how it is made, and tells no secret of one that it refuses", () => {
    const options = ["--type=full", "--backup-standby", "--db-timeout=60", "--no-resume", "--process-max=4"];
    assert.equal(step(backup("b", { spec: { options } })).type, "start");
    const s = step(backup("b", { spec: { options: ["--repo1-s3-key-secret=hidden"] } }));
    assert.match(s.type === "fail" ? s.message : "", /^spec\.options: --repo1-s3-key-secret is not allowed/);
  });
  test("waits without a primary, in a pause, and behind another", () => {
    assert.equal(step(backup("b"), { leader: null }).type, "wait");
    assert.equal(step(backup("b"), {}, [], resource({ pause: true })).type, "wait");
    assert.equal(step(backup("b"), {}, [], resource({}, { stanza: "7400/of another configuration" })).type, "wait");
    const none = step(backup("b"), {}, [], resource({}, { replicaCreate: "" }));
    assert.deepEqual(none.type === "wait" && none.reason, "PGBackRestReplicaCreate");
    const first = backup("a", { status: { state: "Running" } });
    const second = backup("b");
    const s = step(second, { backups: [first, second] });
    assert.deepEqual(s.type === "wait" && s.reason, "LeaseAlreadyHeld");
  });
  test("the one that has started goes before an older one that has not", () => {
    const [old, started] = [backup("a", { created: NOW - 9e6 }), backup("b", { status: { state: "Starting" } })];
    assert.equal(whoseTurn([old, started])?.metadata.name, "b");
  });
  test("the first one of the data goes before an older one, which waits for it", () => {
    const asked = backup("a", { created: NOW - 9e6 });
    const made = backup("b");
    const first = {
      ...made,
      metadata: { ...made.metadata, annotations: { [annotation.backupJobType]: "replica-create" } },
    };
    const cr = resource({}, { replicaCreate: "" });
    assert.equal(step(first, { backups: [asked, first] }, [], cr).type, "start");
    assert.equal(step(asked, { backups: [asked, first] }, [], cr).type, "wait");
  });
  test("follows its Job", () => {
    const started = backup("b", { status: { state: "Starting", jobName: "j" } });
    const running = backup("b", { status: { state: "Running", jobName: "j" } });
    assert.equal(step(started).type, "createJob");
    assert.deepEqual(step(started, {}, [job("j", started)]), { type: "underWay", state: "Running" });
    assert.equal(step(running, {}, [job("j", running, "Complete")]).type, "collect");
    assert.equal(step(running, {}, [job("j", running, "Failed")]).type, "fail");
    assert.deepEqual(step(running), { type: "collect" });
  });
  test("says what it waits for, before it has its turn and after it", () => {
    const host = step(backup("b"), { repoHostReady: false });
    assert.match(host.type === "wait" ? host.message : "", /^The repository host is not ready/);
    const alone = resource({ unmanaged: true });
    const waits = step(backup("b"), {}, [], alone);
    assert.deepEqual(waits.type === "wait" && waits.reason, "ClusterUnmanaged");
    const running = backup("b", { status: { state: "Running", jobName: "j" } });
    const stands = step(running, {}, [job("j", running)], alone);
    assert.deepEqual(stands.type === "underWay" && [stands.state, stands.trouble?.reason], [
      "Running",
      "ClusterUnmanaged",
    ]);
    const started = backup("b", { status: { state: "Starting", jobName: "j" } });
    const podless = { ...job("j", started), status: {} };
    const still = step(started, {}, [podless]);
    assert.deepEqual(still.type === "underWay" && [still.state, still.trouble?.reason], ["Starting", "JobWithoutPod"]);
  });
  test("of a cluster that was never accepted says so", () => {
    const problems = [problem("InvalidParameter", "spec.port", "Wrong.")];
    const waits = planUnaccepted(backup("b"), problems);
    assert.match(waits.type === "wait" ? waits.message : "", /spec\.port: Wrong\.$/);
    assert.equal(planUnaccepted(backup("b", { status: { state: "Failed" } }), problems).type, "nothing");
  });
  test("does not begin in a cluster that is deleted", () => {
    const { metadata, ...rest } = resource();
    const cr = { ...rest, metadata: { ...metadata, deletionTimestamp: new Date(NOW).toISOString() } };
    assert.equal(step(backup("b"), {}, [], cr).type, "nothing");
    assert.equal(step(backup("b", { status: { state: "Starting", jobName: "j" } }), {}, [], cr).type, "nothing");
    assert.equal(step(backup("b", { status: { state: "Running", jobName: "j" } }), {}, [], cr).type, "collect");
  });
  test("does not take another backup's Job of the same name for its own", () => {
    const running = backup("b", { status: { state: "Running", jobName: "j" } });
    const s = step(running, {}, [job("j", backup("a"), "Complete")]);
    assert.match(s.type === "fail" ? s.message : "", /another Job j/);
  });
  test("lets old ones go by itself, when it is known to be sound, unless somebody says how", () => {
    const asked = (given: string[], global = {}) => {
      const cr = resource({ backups: { pgbackrest: { repos: [{ name: "repo1", volume: {} }], global } } });
      const made = backupJob(normalize(cr, catalogue).cluster, backup("b", { spec: { options: given } }));
      const text = made.spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === "KEELSON_BACKUP")?.value;
      const { options, expires } = JSON.parse(text ?? "{}") as { options: string[]; expires: boolean };
      return [options.filter((option) => option.includes("expire")), expires];
    };
    assert.deepEqual(asked(["--type=full"]), [["--no-expire-auto"], true]);
    assert.deepEqual(asked(["--expire-auto"]), [["--expire-auto"], false]);
    assert.deepEqual(asked([], { "expire-auto": "n" }), [[], false]);
  });
  test("has a Job whose name tells it from others, and that fits", () => {
    const c = normalize(resource(), catalogue).cluster;
    assert.match(backupJobName(c, backup("b")), /^orders-backup-.{10}$/);
    assert.equal(backupJobName({ ...c, name: "o".repeat(48) }, backup("b")).length, 63);
    assert.equal(backupJobName(c, backup("b", { status: { jobName: "orders-backup-abcd" } })), "orders-backup-abcd");
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
        faulty: false,
      },
    ]);
    assert.deepEqual(parseInfo("nonsense", "db"), []);
  });
  test("of a backup with the Job's name, and of no other", () => {
    const of = (job: string, error = false) => ({
      label: "A",
      type: "full",
      error,
      annotation: { "percona.com/backup-job-name": job },
    });
    const result = (...backup: object[]) => resultOf(parseInfo(JSON.stringify([{ name: "db", backup }]), "db"), "j");
    assert.deepEqual(result(of("j")), { found: { backupName: "A", backupType: "full", size: 0 } });
    assert.match(JSON.stringify(result(of("another"))), /the repository has no backup of it/);
    assert.match(JSON.stringify(result(of("j", true))), /pages with wrong checksums.*"backupName":"A"/);
  });
  test("the last segment of each repository's newest archive", () => {
    const archive = [
      { id: "17-1", max: "000000010000000000000005", database: { "repo-key": 1 } },
      { id: "17-2", max: null, database: { "repo-key": 2 } },
    ];
    assert.deepEqual(parseArchives(JSON.stringify([{ name: "db", archive }]), "db"), [
      { repo: 1, id: "17-1", last: "000000010000000000000005" },
      { repo: 2, id: "17-2" },
    ]);
  });
  test("the time of the last commit in the contract's form", () => {
    assert.equal(restorableTime("2026-11-21 09:15:53.438394 UTC"), "2026-11-21 09:15:53.438394+0000");
    assert.equal(restorableTime("2026-11-21 09:15:53 UTC"), "2026-11-21 09:15:53.000000+0000");
    assert.equal(restorableTime("today"), undefined);
  });
});
