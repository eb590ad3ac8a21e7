import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiError, ConnectionError, type Pod, TransientError } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import { planInside } from "../inside/plan-inside.ts";
import { catalogue, clusterResource, live, NOW, pgCluster, viewOf } from "../testing/fixtures.ts";
import { acceptedSpecMap } from "./accepted-spec.ts";
import { admit } from "./admit.ts";
import { failureOf } from "./failure.ts";
import { annotation, label } from "./labels.ts";
import { type StatusInput, statusOf } from "./status.ts";
import type { View } from "./view.ts";

type Spec = Partial<PerconaPGCluster["spec"]>;

const inputOf = (view: View, more: Partial<StatusInput> = {}): StatusInput => ({
  cluster: admit(view, catalogue).cluster,
  view,
  problems: [],
  waitingFor: undefined,
  outdated: 0,
  resizing: [],
  missingSecrets: undefined,
  failure: undefined,
  handledSwitchover: undefined,
  ...more,
});

const conditionOf = (view: View, type: string, more: Partial<StatusInput> = {}) =>
  statusOf(inputOf(view, more)).conditions?.find((c) => c.type === type);

const withMarks = (marks: Record<string, string>, spec: Spec = {}): View =>
  viewOf({ cr: clusterResource(spec, { annotations: { [annotation.applied]: JSON.stringify(marks) } }) });

describe("what is not as asked can be read in the status", () => {
  test("fields without effect are listed, and the condition goes with them", () => {
    const cr = clusterResource({ openshift: true, initContainer: { image: "x" } });
    const { message } = conditionOf(viewOf({ cr }), "FieldsWithoutEffect") ?? {};
    assert.match(message ?? "", /spec\.initContainer \(.+\); spec\.openshift \(/);
    const { conditions = [] } = statusOf(inputOf(viewOf({ cr })));
    const after = clusterResource({}, {}, { conditions });
    assert.equal(conditionOf(viewOf({ cr: after }), "FieldsWithoutEffect"), undefined);
  });

  test("a failed pass and failed work inside the pods, with their words", () => {
    const view = withMarks({ usersFailed: "role app cannot be dropped" });
    const failure = { reason: "Forbidden", message: "exceeded quota" };
    assert.equal(
      conditionOf(view, "ReconcileFailed", { failure })?.message,
      "exceeded quota; spec.users: role app cannot be dropped",
    );
    assert.equal(conditionOf(viewOf(), "ReconcileFailed"), undefined);
  });

  test("certificates that the user has to make", () => {
    const { status, message } = conditionOf(viewOf(), "TLSSecretsReady", { missingSecrets: ["a (tls.key)"] }) ?? {};
    assert.equal(status, "False");
    assert.match(message ?? "", /a \(tls\.key\)/);
    assert.equal(conditionOf(viewOf(), "TLSSecretsReady", { missingSecrets: [] })?.status, "True");
  });

  test("what the agents report: an archive that stands still on the primary, volumes that fill up, memory that does not suffice", () => {
    const view = viewOf();
    const report = (pod: string, text: object): void => {
      const { metadata } = view.pods.get(pod) ?? {};
      Object.assign(metadata?.annotations ?? {}, { [annotation.agent]: JSON.stringify(text) });
    };
    report("orders-i-bbbb-0", { archive: { since: "x", segments: 9 }, dataUsedPercent: 80 });
    assert.equal(conditionOf(view, "ArchivingFailing"), undefined);
    assert.equal(conditionOf(view, "VolumeAlmostFull"), undefined);
    assert.equal(conditionOf(view, "OutOfMemory"), undefined);
    report("orders-i-bbbb-0", { outOfMemory: "2026-11-21T11:20:00Z" });
    assert.match(
      conditionOf(view, "OutOfMemory")?.message ?? "",
      /orders-i-bbbb at 2026-11-21T11:20:00Z.*spec\.instances\[i\]\.resources\.limits\.memory/,
    );
    report("orders-i-aaaa-0", { archive: { since: "2026-11-21T11:00:00Z", segments: 16 }, walUsedPercent: 90 });
    assert.match(conditionOf(view, "ArchivingFailing")?.message ?? "", /orders-i-aaaa .*since 2026-11-21T11:00:00Z/);
    assert.match(
      conditionOf(view, "VolumeAlmostFull")?.message ?? "",
      /90 percent.*spec\.instances\[i\]\.walVolumeClaimSpec/,
    );
  });

  test("a whole container that was ended for want of memory, for ten minutes: its agent ended with it", () => {
    const oomAt = (minutesAgo: number, reason = "OOMKilled"): string | undefined => {
      const finishedAt = new Date(NOW - minutesAgo * 60_000).toISOString();
      const lastState = { terminated: { exitCode: 137, reason, finishedAt } };
      const database = { name: "database", image: "", imageID: "", ready: true, restartCount: 1, lastState };
      const status = { containerStatuses: [{ ...database, state: { running: {} } }] };
      const members = [{ name: "orders-i-aaaa", role: "primary" as const, status }];
      return conditionOf(viewOf({ members }), "OutOfMemory")?.message;
    };
    assert.match(oomAt(9) ?? "", /container database of instance orders-i-aaaa at 2026-11-21T11:51:00.000Z.*Raise/);
    assert.equal(oomAt(10), undefined);
    assert.equal(oomAt(1, "Error"), undefined);
  });

  test("a pooler that does not start", () => {
    const waiting = { reason: "ErrImagePull", message: "no such tag" };
    const pod = live<Pod>({
      metadata: { name: "orders-pgbouncer-1", labels: { [label.role]: "pgbouncer" } },
      status: {
        containerStatuses: [
          { name: "pgbouncer", image: "p:1", imageID: "", ready: false, restartCount: 0, state: { waiting } },
        ],
      },
    } as Pod);
    const view = viewOf();
    const pods = new Map([...view.pods, [pod.metadata.name, pod]]);
    assert.match(
      conditionOf({ ...view, pods }, "Ready")?.message ?? "",
      /pooler orders-pgbouncer-1 spec\.proxy\.pgBouncer\.image: Image p:1 cannot be pulled \(no such tag\)/,
    );
  });
});

describe("a refused specification", () => {
  const refused = clusterResource({ standby: { enabled: true, host: "x" }, port: 6000 } as Spec);

  test("does not stop a cluster: the last accepted one stays in force", () => {
    const before = clusterResource({ port: 5433 });
    const map = live(acceptedSpecMap(pgCluster({ port: 5433 }), before.spec));
    const view = { ...viewOf({ cr: refused }), configMaps: new Map([[map.metadata.name, map]]) } as View;
    const { cluster, problems, isActionable } = admit(view, catalogue);
    assert.deepEqual([cluster.port, isActionable, problems[0]?.field], [5433, true, "spec.standby"]);
  });

  test("of a new cluster is not acted upon, whatever an earlier one of its name had", () => {
    assert.equal(admit(viewOf({ cr: refused }), catalogue).isActionable, false);
    const map = live(acceptedSpecMap(pgCluster({}, { uid: "earlier" }), clusterResource().spec));
    const view = { ...viewOf({ cr: refused }), configMaps: new Map([[map.metadata.name, map]]) } as View;
    assert.equal(admit(view, catalogue).isActionable, false);
  });
});

describe("a failure", () => {
  const invalid = (message: string, name = ""): ApiError =>
    new ApiError({ status: 422, reason: "Invalid", message, details: { name } });

  test("that lasts is told at once, with field and remedy where they are known", () => {
    assert.match(
      failureOf(invalid("spec.ports[0].nodePort: Invalid value: 30000", "orders-replicas"), 0)?.message ?? "",
      /30000 Choose another spec\.exposeReplicas\.nodePort/,
    );
    const quota = new ApiError({ status: 403, reason: "Forbidden", message: "exceeded quota: small" });
    assert.match(failureOf(quota, 0)?.message ?? "", /ResourceQuota/);
  });

  test("that may pass is told when it comes again; a conflict never", () => {
    const lost = new ConnectionError("reset", { code: "ECONNRESET", unsent: false });
    assert.equal(failureOf(lost, 0), undefined);
    assert.equal(failureOf(lost, 1)?.message, "reset");
    assert.equal(failureOf(new TransientError("SqlFailed", "no"), 3)?.reason, "SqlFailed");
    assert.equal(failureOf(new ApiError({ status: 409, reason: "Conflict", message: "" }), 9), undefined);
  });
});

describe("work inside the pods", () => {
  const topics = (view: View): string[] => planInside(admit(view, catalogue).cluster, view).map((t) => t.topic);

  test("takes back what was said about init SQL and backups that are not asked for any more", () => {
    assert.ok(topics(withMarks({ initSqlError: "x" })).includes("initSql"));
    const off = { backups: { enabled: false } } as Spec;
    assert.ok(topics(withMarks({ stanzaError: "x" }, off)).includes("stanza"));
    assert.ok(!topics(withMarks({}, off)).includes("stanza"));
  });

  test("does not run init SQL again of which nobody knows the end, unless it is another one", () => {
    const ask = { databaseInitSQL: { name: "init", key: "sql" } };
    assert.equal(topics(withMarks({}, ask)).at(-1), "initSql");
    assert.ok(!topics(withMarks({ initSqlStarted: "init/sql" }, ask)).includes("initSql"));
    assert.ok(topics(withMarks({ initSqlStarted: "first/sql" }, ask)).includes("initSql"));
  });

  test("a cluster is not ready before its users and databases are there", () => {
    const cr = clusterResource({ proxy: undefined, users: [] } as never);
    const view = viewOf({ cr });
    assert.equal(statusOf(inputOf(view)).state, "initializing");
    const databases = planInside(admit(view, catalogue).cluster, view);
    const marks = Object.fromEntries(databases.map((task) => [task.topic, task.hash ?? ""]));
    const done = clusterResource({ proxy: undefined, users: [] } as never, {
      annotations: { [annotation.applied]: JSON.stringify(marks) },
    });
    assert.equal(statusOf(inputOf(viewOf({ cr: done }))).state, "ready");
  });
});
