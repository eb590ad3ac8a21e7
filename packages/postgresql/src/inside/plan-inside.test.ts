import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { secretData } from "@keelson/engine";
import type { Job, KubeSecret, Live } from "@keelson/kube";
import type { PerconaPGCluster, PerconaPGRestore } from "@keelson/resources";
import { admit } from "../cluster/admit.ts";
import { annotation, label } from "../cluster/labels.ts";
import { dynamicConfig } from "../ha/dynamic-config.ts";
import { catalogue, clusterResource, live, pgCluster, type Scene, viewOf } from "../testing/fixtures.ts";
import { planInside, type Task } from "./plan-inside.ts";

type Spec = Partial<PerconaPGCluster["spec"]>;

interface Setting extends Scene {
  readonly spec?: Spec;
  readonly marks?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What Patroni's store holds. */
  readonly config?: string;
  /** Texts of Secrets by name. */
  readonly secrets?: Readonly<Record<string, Record<string, string>>>;
  readonly deleting?: boolean;
  readonly jobs?: readonly Live<Job>[];
}

const SECRETS = {
  "orders-pguser-orders": { verifier: "SCRAM-SHA-256$user" },
  "orders-pgbouncer": { "pgbouncer-verifier": "SCRAM-SHA-256$pooler" },
};

function plan({
  spec,
  marks,
  annotations,
  config,
  secrets = SECRETS,
  deleting = false,
  jobs = [],
  ...scene
}: Setting = {}): Task[] {
  const cr = clusterResource(spec, {
    annotations: { ...annotations, ...(marks === undefined ? {} : { [annotation.applied]: JSON.stringify(marks) }) },
    ...(deleting ? { deletionTimestamp: "2026-11-21T11:59:00Z", finalizers: ["percona.com/delete-backups"] } : {}),
  });
  const view = viewOf({ ...scene, cr });
  const store = view.endpoints.get("orders-ha-config");
  if (config !== undefined) Object.assign(store?.metadata.annotations ?? {}, { config });
  const found = new Map<string, Live<KubeSecret>>(
    Object.entries(secrets).map(([name, texts]) => [
      name,
      live<KubeSecret>({ metadata: { name }, data: secretData(texts) }),
    ]),
  );
  const seen = { ...view, secrets: found, jobs: new Map(jobs.map((job) => [job.metadata.name, job])) };
  return planInside(admit(seen, catalogue).cluster, seen);
}

const topics = (tasks: readonly Task[]): string[] => tasks.map(({ topic }) => topic);
const marksOf = (tasks: readonly Task[]): Record<string, string> =>
  Object.fromEntries(tasks.map(({ topic, hash }) => [topic, hash ?? ""]));

const ALL = ["parameters", "databases", "users", "pooler", "extensions", "stanza", "initSql"];
const withInitSql: Spec = { databaseInitSQL: { name: "init", key: "sql" } };
const AS_WANTED = JSON.stringify(dynamicConfig(pgCluster()));

describe("what is to be done inside the pods", () => {
  test("of a new cluster: everything, the user's own SQL last", () => {
    const tasks = plan({ spec: withInitSql });
    assert.deepEqual(topics(tasks), ALL);
    assert.deepEqual(
      tasks.map((task) => ("pod" in task ? task.pod : "")),
      ALL.map((topic) => (topic === "stanza" ? "orders-repo-host-0" : "orders-i-aaaa-0")),
    );
  });

  test("when all of it is noted: nothing; in the next life of the data: SQL once more, but not the user's own", () => {
    const marks = marksOf(plan({ spec: withInitSql }));
    const settled: Setting = { spec: withInitSql, config: AS_WANTED };
    assert.deepEqual(plan({ ...settled, marks }), []);
    const restored = { ...settled, marks, annotations: { [annotation.restored]: "later" } };
    assert.deepEqual(topics(plan(restored)), ["databases", "users", "pooler", "extensions"]);
  });

  test("without a primary: parameters only, and nobody is asked about them", () => {
    for (const scene of [{ leader: null }, { initialized: false }]) {
      const [task, ...others] = plan(scene);
      assert.equal(task?.topic, "parameters");
      assert.deepEqual(others, []);
    }
    assert.ok(plan({ leader: null }).every((task) => "pod" in task && task.pod === undefined));
  });

  test("of a cluster that stops, is restored, or is nobody's: nothing", () => {
    const restore = live({
      kind: "PerconaPGRestore",
      metadata: { name: "r", annotations: { "keelson.dev/instance": "orders-i-aaaa" } },
      spec: { pgCluster: "orders", repoName: "repo1" },
      status: { state: "Running" },
    }) as unknown as Live<PerconaPGRestore>;
    assert.deepEqual(plan({ spec: { pause: true } }), []);
    assert.deepEqual(plan({ spec: { unmanaged: true } }), []);
    assert.deepEqual(plan({ restores: [restore] }), []);
  });

  test("what it needs that is not there yet is waited for", () => {
    assert.ok(!topics(plan({ repoHostReady: false })).includes("stanza"));
    assert.ok(!topics(plan({ secrets: {} })).includes("pooler"));
    assert.ok(!topics(plan({ spec: { proxy: undefined } as never })).includes("pooler"));
  });

  test("a new password is a new task, for that topic alone", () => {
    const marks = marksOf(plan());
    const secrets = { ...SECRETS, "orders-pguser-orders": { verifier: "SCRAM-SHA-256$other" } };
    assert.deepEqual(topics(plan({ marks, config: AS_WANTED, secrets })), ["users"]);
  });

  test("options that are none are noted once, and no user is touched", () => {
    const spec: Spec = { users: [{ name: "app", options: "FLYING" }] as never };
    const task = plan({ spec }).find(({ topic }) => topic === "users");
    assert.equal(task?.type, "note");
    const usersError = task?.type === "note" ? task.error : undefined;
    assert.match(usersError ?? "", /^spec\.users\[app\]\.options "FLYING": "FLYING" is not an option/);
    assert.ok(!topics(plan({ spec, marks: { usersError: usersError ?? "" } })).includes("users"));
  });

  test("backups that are turned off are forgotten, so that they are set up again when they come back", () => {
    const spec: Spec = { backups: { enabled: false } } as never;
    const tasks = plan({ spec, marks: { stanza: "x", replicaCreate: "y" } }).filter(({ type }) => type === "note");
    assert.deepEqual(marksOf(tasks), { stanza: "", replicaCreate: "" });
  });
});

describe("Patroni's configuration", () => {
  const task = (setting: Setting): Task | undefined => plan(setting).find(({ topic }) => topic === "parameters");

  test("is written when it differs, or cannot be read", () => {
    for (const config of ["{}", "{broken", "null"]) assert.equal(task({ config })?.type, "parameters", config);
    assert.equal(task({ config: AS_WANTED }), undefined);
  });

  test("that was refused is not tried again before it changes, and forgotten when it is in force after all", () => {
    const refused = { parameters: task({})?.hash ?? "", parametersError: "no" };
    assert.equal(task({ marks: refused }), undefined);
    assert.equal(task({ marks: { ...refused, parameters: "another" } })?.type, "parameters");
    assert.deepEqual(task({ marks: refused, config: AS_WANTED })?.type, "note");
  });
});

test("of a cluster that is deleted: its backups, where they are to go and are there", () => {
  const jobs = [
    live<Job>({ metadata: { name: "orders-backup-x", uid: "u1", labels: { [label.backupJob]: "manual" } } }),
    live<Job>({ metadata: { name: "orders-restore-x" } }),
  ];
  const [task, ...others] = plan({ deleting: true, marks: { stanza: "7400/x" }, jobs });
  assert.deepEqual([task?.type, others], ["deleteBackups", []]);
  assert.deepEqual(task?.type === "deleteBackups" ? [task.repos, task.primary] : [], [["repo1"], "orders-i-aaaa-0"]);
  assert.match(task?.type === "deleteBackups" ? task.config : "", /"archive_command":"true"/);
  assert.deepEqual(task?.type === "deleteBackups" ? task.jobs : undefined, [{ name: "orders-backup-x", uid: "u1" }]);
  assert.deepEqual(plan({ deleting: true }), []);
  assert.deepEqual(plan({ deleting: true, marks: { stanza: "7400/x", backupsDeleted: "done" } }), []);
});
