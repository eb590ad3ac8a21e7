import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Deployment, Service } from "@keelson/kube";
import type { PerconaPGCluster, PerconaPGClusterStatus, PerconaPGRestore } from "@keelson/resources";
import { planInside } from "../inside/plan-inside.ts";
import { catalogue, clusterResource, live, type Member, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { admit } from "./admit.ts";
import { annotation } from "./labels.ts";
import { type StatusInput, statusOf } from "./status.ts";
import type { View } from "./view.ts";

type Spec = Partial<PerconaPGCluster["spec"]>;

const nothingFound: Omit<StatusInput, "cluster" | "view"> = {
  problems: [],
  waitingFor: undefined,
  outdated: 0,
  resizing: [],
  missingSecrets: undefined,
  failure: undefined,
  handledSwitchover: undefined,
};

const statusIn = (view: View, more: Partial<StatusInput> = {}): PerconaPGClusterStatus =>
  statusOf({ ...nothingFound, cluster: admit(view, catalogue).cluster, view, ...more });

const pooler = (status: NonNullable<Deployment["status"]>): View["deployments"] =>
  new Map([["orders-pgbouncer", live<Deployment>({ metadata: { name: "orders-pgbouncer", generation: 2 }, status })]]);

const RUNNING = { observedGeneration: 2, readyReplicas: 1, updatedReplicas: 1 };

/** The fixture's cluster when all of it is done. */
function settled(scene: Scene = {}, spec: Spec = {}, deployment: NonNullable<Deployment["status"]> = RUNNING): View {
  const asked: Spec = { users: [], ...spec };
  const fresh = viewOf({ ...scene, cr: clusterResource(asked) });
  const done = planInside(admit(fresh, catalogue).cluster, fresh).map(({ topic, hash }) => [topic, hash]);
  const cr = clusterResource(asked, {
    annotations: { [annotation.applied]: JSON.stringify(Object.fromEntries(done)) },
  });
  return { ...viewOf({ ...scene, cr }), deployments: pooler(deployment) };
}

const [a, b, c]: [Member, Member, Member] = [
  { name: "orders-i-aaaa", role: "primary" },
  { name: "orders-i-bbbb" },
  { name: "orders-i-cccc" },
];

const BEGUN_ANEW: Member["status"] = {
  conditions: [{ type: "Ready", status: "True" }],
  containerStatuses: [
    { name: "database", image: "", imageID: "", ready: true, restartCount: 1, state: { running: {} }, started: false },
  ],
};

describe("the state of a cluster", () => {
  test("is ready when all is as asked for", () => {
    const { state, postgres, pgbouncer } = statusIn(settled());
    assert.deepEqual([state, postgres?.ready, postgres?.size, pgbouncer], ["ready", 3, 3, { size: 1, ready: 1 }]);
    assert.equal(statusIn(settled({}, { proxy: undefined as never }, {})).state, "ready", "without a pooler");
  });

  test("is ready while a switchover waits, and says for what", () => {
    const { state, conditions = [] } = statusIn(settled(), { waitingFor: "a replica to become synchronous" });
    const { status, message } = conditions.find(({ type }) => type === "Ready") ?? {};
    assert.deepEqual([state, status, message], ["ready", "True", "waiting for a replica to become synchronous"]);
  });

  const restore = live({
    kind: "PerconaPGRestore",
    metadata: { name: "r", annotations: { "keelson.dev/instance": "orders-i-aaaa" } },
    spec: { pgCluster: "orders", repoName: "repo1" },
    status: { state: "Running" },
  }) as unknown as NonNullable<Scene["restores"]>[number] & PerconaPGRestore;
  const lacking: readonly (readonly [what: string, view: View, more?: Partial<StatusInput>])[] = [
    ["an instance is not ready", settled({ members: [a, b, { ...c, ready: false }] })],
    ["an instance is missing", settled({ members: [a, b] })],
    ["an instance is one too many", settled({ members: [a, b, c, { name: "orders-i-dddd", ready: false }] })],
    ["nobody leads", settled({ leader: null })],
    ["the primary's container has begun anew", settled({ members: [{ ...a, status: BEGUN_ANEW }, b, c] })],
    ["a pooler is not ready", settled({}, {}, { ...RUNNING, readyReplicas: 0 })],
    ["the poolers' Deployment has not been looked at", settled({}, {}, { ...RUNNING, observedGeneration: 1 })],
    ["the poolers that are ready are old ones", settled({}, {}, { ...RUNNING, updatedReplicas: 0 })],
    ["a pod is outdated", settled(), { outdated: 1 }],
    ["data are being restored", settled({ restores: [restore] })],
    ["the repository host is not ready", settled({ repoHostReady: false })],
  ];
  for (const [what, view, more] of lacking)
    test(`is initializing while ${what}`, () => assert.equal(statusIn(view, more).state, "initializing"));

  test("is stopping until the last pod is gone, and paused then", () => {
    const members = (pod: boolean): Member[] => [{ ...a, pod, ready: false }];
    assert.equal(statusIn(settled({ members: members(true) }, { pause: true })).state, "stopping");
    assert.equal(statusIn(settled({ members: members(false), leader: null }, { pause: true })).state, "paused");
    const cr = clusterResource({}, { deletionTimestamp: new Date(NOW).toISOString() });
    assert.equal(statusIn(viewOf({ cr })).state, "stopping");
  });
});

describe("where clients connect to", () => {
  const host = (spec: Spec, services: Readonly<Record<string, object[]>> = {}): string | undefined => {
    const found = Object.entries(services).map(([name, ingress]) => {
      return [name, live<Service>({ metadata: { name }, ...{ status: { loadBalancer: { ingress } } } })] as const;
    });
    return statusIn({ ...settled({}, spec), services: new Map(found) }).host;
  };
  const expose = { type: "LoadBalancer" } as const;
  const pooled: Spec = { proxy: { pgBouncer: { expose } } };
  const alone = { proxy: undefined } as never as Spec;

  test("the pooler, or the primary where there is none", () => {
    assert.equal(host({}), "orders-pgbouncer.prod.svc");
    assert.equal(host(alone), "orders-primary.prod.svc");
  });

  test("the load balancer's last address, as soon as it has one", () => {
    for (const [spec, service, before] of [
      [pooled, "orders-pgbouncer", undefined],
      [{ ...alone, expose }, "orders-ha", "orders-primary.prod.svc"],
    ] as const) {
      assert.equal(host(spec), before);
      assert.equal(host(spec, { [service]: [{ ip: "10.0.0.1" }, { hostname: "db.example" }] }), "db.example");
      assert.equal(host(spec, { [service]: [{ ip: "10.0.0.1" }] }), "10.0.0.1");
    }
  });
});

test("what was said before and cannot be seen now is kept: a switchover, a restore, the version of Patroni", () => {
  const before: PerconaPGClusterStatus = {
    patroni: { version: "4.0.6", status: { switchover: "one", switchoverTimeline: 3 } },
    pgbackrest: { restore: { id: "r" } as never },
  };
  const cr = clusterResource({}, {}, before);
  const { patroni, pgbackrest } = statusIn(viewOf({ cr, leader: null }));
  assert.deepEqual([patroni?.version, patroni?.status?.switchover], ["4.0.6", "one"]);
  assert.deepEqual(pgbackrest?.restore, { id: "r" });
  const handled = statusIn(viewOf({ cr }), { handledSwitchover: { value: "two", timeline: 4 } }).patroni;
  assert.deepEqual([handled?.version, handled?.status?.switchover], ["4.0.7", "two"]);
  assert.equal(handled?.status?.switchoverTimeline, 4);
});
