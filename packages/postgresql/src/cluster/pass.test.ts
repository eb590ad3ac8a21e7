import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiError, type Deployment, type KubeObject, type StatefulSet, silentLogger } from "@keelson/kube";
import type { PerconaPGClusterStatus } from "@keelson/resources";
import { catalogue, clusterResource, live, NOW, pgCluster, type Scene, viewOf } from "../testing/fixtures.ts";
import { acceptedSpecMap } from "./accepted-spec.ts";
import { type ClusterDeps, reconcileCluster } from "./controller.ts";
import { annotation } from "./labels.ts";
import { OWN_FINALIZER } from "./plan-deletion.ts";
import type { View } from "./view.ts";

/** The controller's own. */
const PASS_LIMIT_MS = 120_000;

interface Passed {
  /** `VERB KIND NAME` of each write, in order. */
  readonly writes: readonly string[];
  readonly applied: ReadonlyMap<string, KubeObject>;
  readonly status: PerconaPGClusterStatus | undefined;
  readonly error: unknown;
  readonly requeueAfterMs: number | undefined;
}

/** One pass over a cluster; writes are recorded, and nothing that is there is known to have been applied. Reads of Secrets can be refused too. */
async function pass(view: View, refuses: (what: string) => boolean = () => false): Promise<Passed> {
  const writes: string[] = [];
  const applied = new Map<string, KubeObject>();
  let status: PerconaPGClusterStatus | undefined;
  const ask = (what: string): undefined => {
    if (refuses(what)) throw new ApiError({ status: 403, reason: "Forbidden", message: `${what} is forbidden` });
  };
  const note = (write: string): void => {
    ask(write);
    writes.push(write);
  };
  const client = {
    apply: async ({ plural }: { plural: string }, object: KubeObject) => {
      note(`apply ${plural} ${object.metadata?.name}`);
      applied.set(`${plural} ${object.metadata?.name}`, object);
      return object;
    },
    create: async ({ plural }: { plural: string }, object: KubeObject) =>
      note(`create ${plural} ${object.metadata?.name}`),
    delete: async ({ plural }: { plural: string }, { name }: { name: string }) => note(`delete ${plural} ${name}`),
    patch: async (
      { plural }: { plural: string },
      { name }: { name: string },
      { body }: { body: never },
      options: never,
    ) => {
      const { subresource } = options as { subresource?: string };
      if (subresource === "status") status = (body as { value: PerconaPGClusterStatus }[])[1]?.value;
      else note(`patch ${plural} ${name}`);
    },
    exec: async ({ pod, timeoutMs }: { pod: string; timeoutMs: number }) => {
      assert.ok(timeoutMs < PASS_LIMIT_MS, "the pass would end before it");
      note(`exec ${pod}`);
      return { exitCode: 0, stdout: "", stderr: "" };
    },
    get: async () => undefined,
  };
  const deps = {
    client,
    world: { view: () => view, locate: (kind: string) => ({ kind: { group: "", plural: kind }, live: undefined }) },
    events: { record: (_: unknown, { reason }: { reason: string }) => writes.push(`event ${reason}`) },
    log: silentLogger,
    catalogue,
    foreign: { read: async (_: string, name: string) => ask(`get Secret ${name}`), claim: async () => undefined },
    foreignKeys: { read: async ({ name }: { name: string }) => ask(`get keys ${name}`) },
    random: (size: number) => new Uint8Array(size).fill(7),
    now: () => NOW,
  } as unknown as ClusterDeps;
  let error: unknown;
  const context = { log: silentLogger, failures: 0 };
  const outcome = await reconcileCluster("prod/orders", new AbortController().signal, context, deps).catch(
    (thrown: unknown) => {
      error = thrown;
    },
  );
  return { writes, applied, status, error, requeueAfterMs: outcome?.requeueAfterMs };
}

type Spec = NonNullable<Parameters<typeof clusterResource>[0]>;

const viewWith = (scene: Scene = {}, spec: Spec = {}, annotations: Record<string, string> = {}): View =>
  viewOf({ cr: clusterResource(spec, { finalizers: [OWN_FINALIZER], annotations }), ...scene });

/** A set of that many instances. */
const instances = (replicas: number, claim: object = {}): Spec => ({
  instances: [{ name: "i", replicas, dataVolumeClaimSpec: claim }] as never,
});

const indexesOf = (writes: readonly string[], pattern: RegExp): number[] =>
  writes.flatMap((write, index) => (pattern.test(write) ? [index] : []));

const TLS_BY_USER = { certManagementPolicy: "userProvidedOnly" } as const;

const SYNCHRONOUS = ["orders-i-bbbb-0", "orders-i-cccc-0"];

describe("what is written, and in which order", () => {
  test("the authority, then all that pods refer to, then workloads, then removals", async () => {
    const { writes, error } = await pass(viewWith({ synchronous: SYNCHRONOUS }, instances(2)));
    assert.equal(error, undefined);
    assert.equal(writes[0], "apply Secret orders-cluster-ca-cert");
    const workloads = indexesOf(writes, /^apply (StatefulSet|Deployment) /);
    const others = indexesOf(writes, /^(apply|create) (?!StatefulSet|Deployment)/);
    assert.equal(workloads.length, 4);
    assert.ok(Math.max(...others) < Math.min(...workloads), writes.join("\n"));
    for (const expected of [
      "apply PersistentVolumeClaim orders-i-aaaa-pgdata",
      "apply ConfigMap orders-accepted-spec",
      "create Endpoints orders-ha-config",
      "apply Secret orders-pguser-orders",
    ])
      assert.ok(writes.includes(expected), expected);
    const [removal = -1] = indexesOf(writes, /^delete StatefulSet orders-i-cccc$/);
    assert.ok(removal > Math.max(...workloads), writes.join("\n"));
  });

  test("without the storage class that is asked for no instance is made, and those that exist are kept up", async () => {
    const { writes, status } = await pass(viewWith({}, instances(4, { storageClassName: "fast" })));
    const sets = writes.filter((write) => write.startsWith("apply StatefulSet"));
    assert.deepEqual(
      sets,
      ["a", "b", "c"].map((letter) => `apply StatefulSet orders-i-${letter.repeat(4)}`),
    );
    assert.match(status?.conditions?.find((c) => c.type === "SpecAccepted")?.message ?? "", /no StorageClass fast/);
  });

  test("before a stop it is noted who was primary, after the start it is forgotten", async () => {
    const members = [{ name: "orders-i-aaaa", role: "primary" }] as const;
    const stop = await pass(viewWith({ members }, { ...instances(1), pause: true }));
    const [noted = -1] = indexesOf(stop.writes, /^patch PerconaPGCluster orders$/);
    const [stopped = -1] = indexesOf(stop.writes, /^apply StatefulSet orders-i-aaaa$/);
    assert.ok(noted >= 0 && noted < stopped, stop.writes.join("\n"));
    const sts = stop.applied.get("StatefulSet orders-i-aaaa") as { spec?: { replicas?: number } } | undefined;
    assert.equal(sts?.spec?.replicas, 0);
    const start = viewWith({ members }, instances(1), { [annotation.startup]: "orders-i-aaaa" });
    assert.equal(indexesOf((await pass(start)).writes, /^patch PerconaPGCluster orders$/).length, 1);
    assert.equal(indexesOf((await pass(viewWith({ members }, instances(1)))).writes, /^patch Percona/).length, 0);
  });

  test("a pause that waits for a backup says so", async () => {
    const backup = { metadata: { name: "nightly" }, spec: { pgCluster: "orders" }, status: { state: "Running" } };
    const { status } = await pass(viewWith({ backups: [live(backup) as never] }, { pause: true }));
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    assert.deepEqual([status?.state, ready?.reason], ["stopping", "Paused"]);
    assert.match(ready?.message ?? "", /waiting for backup nightly to end before the cluster stops/);
  });

  test("who takes up old data says so", async () => {
    const scene: Scene = { members: [], claims: ["orders-i-old1"], initialized: false, leader: null, acquiredAt: 0 };
    assert.ok((await pass(viewWith(scene, instances(1)))).writes.includes("event DataAdopted"));
    const blocked = await pass(viewWith(scene, { ...instances(1), tls: TLS_BY_USER }));
    assert.ok(!blocked.writes.includes("event DataAdopted"), "not yet");
  });

  test("the primary's volume is told of its reign, once", async () => {
    const view = viewWith({ claims: ["orders-i-aaaa"] });
    const pattern = /^patch PersistentVolumeClaim orders-i-aaaa-pgdata$/;
    assert.equal(indexesOf((await pass(view)).writes, pattern).length, 1);
    const [claim] = view.claims.values();
    assert.ok(claim);
    const told = live({ ...claim, metadata: { ...claim.metadata, annotations: { [annotation.reign]: "1" } } });
    const claims = new Map([[claim.metadata.name, told]]);
    assert.equal(indexesOf((await pass({ ...view, claims })).writes, pattern).length, 0);
  });
});

describe("which pods are replaced", () => {
  const deletions = (p: Passed): string[] => p.writes.filter((write) => write.startsWith("delete Pod"));

  test("while somebody leads, one outdated replica", async () => {
    const p = await pass(viewWith({ synchronous: SYNCHRONOUS }));
    assert.deepEqual(deletions(p), ["delete Pod orders-i-bbbb-0"]);
    assert.match(p.status?.conditions?.find((c) => c.type === "Ready")?.message ?? "", /orders-i-bbbb to start again/);
  });

  test("while nobody leads, none that has run", async () => {
    assert.deepEqual(deletions(await pass(viewWith({ leader: null }))), []);
    const recovering = [{ name: "orders-i-aaaa", ready: false }];
    assert.deepEqual(deletions(await pass(viewWith({ members: recovering, leader: null }, instances(1)))), []);
    const members = [{ name: "orders-i-aaaa", status: { phase: "Pending", conditions: [UNPLACED] } }];
    assert.deepEqual(deletions(await pass(viewWith({ members, leader: null }, instances(1)))), [
      "delete Pod orders-i-aaaa-0",
    ]);
  });

  test("none while the cluster stops, or while a switchover is asked for", async () => {
    assert.deepEqual(deletions(await pass(viewWith({}, { pause: true }))), []);
    const asked = { [annotation.switchover]: "now" };
    const spec: Spec = { patroni: { switchover: { enabled: true } } };
    assert.deepEqual(deletions(await pass(viewWith({ synchronous: SYNCHRONOUS }, spec, asked))), []);
    const failoverKey = { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" };
    assert.deepEqual(deletions(await pass(viewWith({ synchronous: SYNCHRONOUS, failoverKey }))), []);
  });

  test("a single one after a checkpoint, and also without one", async () => {
    const view = viewWith({ members: [{ name: "orders-i-aaaa", role: "primary" }] }, instances(1));
    const last = (p: Passed): readonly string[] => p.writes.slice(-2);
    assert.deepEqual(last(await pass(view)), ["exec orders-i-aaaa-0", "delete Pod orders-i-aaaa-0"]);
    const failed = await pass(view, (what) => what === "exec orders-i-aaaa-0");
    assert.deepEqual(last(failed), ["event NoCheckpoint", "delete Pod orders-i-aaaa-0"]);
  });

  test("none while a Secret is missing that its pods refer to, whether the specification has just named it or it has gone", async () => {
    const old = [{ name: "orders-i-aaaa", role: "primary" }] as const;
    const set = (await pass(viewWith({ members: old }, instances(1)))).applied.get("StatefulSet orders-i-aaaa");
    const template = (set as StatefulSet).spec?.template.metadata?.annotations?.[annotation.template] ?? "";
    const repos = [{ name: "repo1", volume: { volumeClaimSpec: {} } }];
    const keys = (name: string): Spec => ({
      ...instances(1),
      backups: { pgbackrest: { repos, configuration: [{ secret: { name } }] } } as never,
    });
    for (const [before, members] of [
      [instances(1), [{ ...old[0], template }]],
      [keys("typo"), old],
    ] as const) {
      const view = viewWith({ members }, keys("typo"));
      const accepted = live(acceptedSpecMap(pgCluster(), clusterResource(before).spec));
      const configMaps = new Map([[accepted.metadata.name, accepted]]);
      const { writes, status, error } = await pass({ ...view, configMaps });
      assert.equal(error, undefined);
      assert.deepEqual(indexesOf(writes, /^delete|accepted-spec/), [], writes.join("\n"));
      assert.ok(writes.includes("apply StatefulSet orders-i-aaaa") && writes.includes("event SecretNotFound"));
      const said = status?.conditions?.find((c) => c.type === "SpecAccepted");
      assert.equal(said?.status, "False");
      assert.match(said?.message ?? "", /^spec\.backups\.pgbackrest\.configuration\[0\]\.secret: Secret typo does not/);
    }
  });

  test("nor of the repository host and the pooler, whose pods Kubernetes replaces: they keep the template that they have", async () => {
    const configuration = [{ secret: { name: "gone" } }];
    const repos = [{ name: "repo1", volume: { volumeClaimSpec: {} } }];
    const before: Spec = { ...instances(1), backups: { pgbackrest: { repos, configuration } } as never };
    const accepted = live(acceptedSpecMap(pgCluster(), clusterResource(before).spec));
    const of = (name: string) => ({
      metadata: { name },
      spec: { replicas: 1, template: { spec: { hostname: name } } },
    });
    const host = live(of("orders-repo-host") as never as StatefulSet);
    const pooler = live(of("orders-pgbouncer") as never as Deployment);
    for (const pause of [false, true]) {
      const view = viewWith({ members: [] }, { ...before, pause });
      const { applied } = await pass({
        ...view,
        pods: new Map(),
        configMaps: new Map([[accepted.metadata.name, accepted]]),
        statefulSets: new Map(view.statefulSets).set(host.metadata.name, host),
        deployments: new Map([[pooler.metadata.name, pooler]]),
      });
      for (const { metadata, spec } of [host, pooler]) {
        const kind = metadata.name === host.metadata.name ? "StatefulSet" : "Deployment";
        const written = applied.get(`${kind} ${metadata.name}`) as StatefulSet;
        assert.deepEqual(written.spec?.template, spec?.template, metadata.name);
        assert.equal(written.spec?.replicas, pause ? 0 : 1, "it stops with the cluster");
      }
    }
  });

  test("a primary of a set that is gone hands over", async () => {
    const members = [
      { name: "orders-old-zzzz", set: "old", role: "primary" },
      { name: "orders-i-bbbb" },
      { name: "orders-i-cccc" },
    ] as const;
    const { writes } = await pass(viewWith({ members, synchronous: SYNCHRONOUS }, instances(2)));
    assert.ok(writes.includes("create Endpoints orders-ha-failover"), writes.join("\n"));
  });
});

const UNPLACED = { type: "PodScheduled", status: "False" } as const;

describe("what a pass that fails says", () => {
  for (const refused of ["get Secret orders-cluster-cert", "apply ConfigMap orders-config"]) {
    test(`the words of the failure, and all that was known before it: ${refused}`, async () => {
      const spec: Spec = { ...instances(4, { storageClassName: "fast" }), tls: TLS_BY_USER };
      const { status, error } = await pass(viewWith({}, spec), (what) => what === refused);
      const of = (type: string): string => status?.conditions?.find((c) => c.type === type)?.message ?? "";
      assert.ok(error instanceof ApiError);
      assert.match(of("ReconcileFailed"), new RegExp(`${refused} is forbidden`));
      assert.match(of("SpecAccepted"), /no StorageClass fast/);
      if (refused.startsWith("apply")) assert.match(of("TLSSecretsReady"), /missing: .*orders-cluster-cert/);
      assert.equal(status?.state, "initializing");
    });
  }

  test("one object that is refused does not keep the others from being written", async () => {
    const { writes } = await pass(viewWith(), (write) => write === "apply ConfigMap orders-config");
    assert.ok(writes.includes("apply Service orders-primary"));
    assert.deepEqual(indexesOf(writes, /^apply StatefulSet/), [], "pods would refer to what is not there");
  });
});

test("a cluster that nobody manages is looked at only", async () => {
  const { writes, status } = await pass(viewWith({}, { unmanaged: true }));
  assert.deepEqual(writes, []);
  assert.equal(status?.conditions?.find((c) => c.type === "Progressing")?.reason, "Paused");
});

test("what a deletion does can be read in the status until its end", async () => {
  const cr = clusterResource({}, { finalizers: [OWN_FINALIZER], deletionTimestamp: new Date(NOW).toISOString() }, {
    state: "stopping",
    postgres: { ready: 3 },
  } as PerconaPGClusterStatus);
  const { status } = await pass(viewOf({ cr, members: [{ name: "orders-i-aaaa", role: "primary" }] }));
  assert.equal(status?.state, "stopping");
  assert.equal(status?.postgres?.ready, 1);
});

test("a cluster is looked at again when its primary's lock runs out, also one that is left alone", async () => {
  const member = { name: "orders-i-aaaa", role: "primary" } as const;
  const { applied } = await pass(viewWith({ members: [member] }, instances(1)));
  const set = applied.get("StatefulSet orders-i-aaaa") as StatefulSet;
  const template = set.spec?.template.metadata?.annotations?.[annotation.template] ?? "";
  const made = [...applied].filter(([what]) => what.startsWith("Secret ")).map(([, object]) => live(object));
  const secrets = new Map(made.map((secret) => [secret.metadata.name, secret]));
  for (const unmanaged of [false, true]) {
    const view = viewWith({ members: [{ ...member, template }] }, { ...instances(1), unmanaged });
    const ha = view.endpoints.get("orders-ha");
    const annotations = { ...ha?.metadata.annotations, ttl: "30" };
    const endpoints = new Map(view.endpoints).set("orders-ha", {
      ...ha,
      metadata: { ...ha?.metadata, annotations },
    } as never);
    const lockSeenAt = NOW - 10_000;
    assert.equal((await pass({ ...view, secrets, endpoints, lockSeenAt } as View)).requeueAfterMs, 20_000);
  }
});
