import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node, PersistentVolumeClaim, Pod, PodSpec } from "../objects/types.ts";
import { type ClusterView, nodeViews } from "./cluster.ts";
import { inSchedulingOrder, isPending, placePod } from "./plan.ts";

const node = (name: string, more: Partial<Node> = {}): Node => ({
  ...more,
  metadata: {
    name,
    labels: { "kubernetes.io/hostname": name, zone: name < "n3" ? "a" : "b", ...more.metadata?.labels },
  },
  status: { allocatable: { cpu: "2", memory: "4Gi", pods: "110" }, ...more.status },
});

const pod = (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = { app: name }): Pod => ({
  metadata: { name, namespace: "ns", uid: name, labels },
  spec: { containers: [{ name: "c", image: "x" }], ...spec },
});

const cpu = (amount: string): Partial<PodSpec> => ({
  containers: [{ name: "c", image: "x", resources: { requests: { cpu: amount } } }],
});
const on = (nodeName: string, each: Pod): Pod => ({ ...each, spec: { containers: [], ...each.spec, nodeName } });

function cluster(nodes: readonly Node[], pods: readonly Pod[] = [], more: Partial<ClusterView> = {}): ClusterView {
  return {
    nodes: nodeViews(nodes, pods, new Map()),
    claims: new Map(),
    volumes: new Map(),
    storageClasses: new Map(),
    namespaceLabels: new Map([["ns", { team: "x" }]]),
    ...more,
  };
}

const three = [node("n1"), node("n2"), node("n3")];
const why = (each: Pod, view: ClusterView) => {
  const placement = placePod(each, view);
  return placement.type === "none" ? placement.message : `on ${placement.name}`;
};
const antiAffinity = (app: string, topologyKey = "kubernetes.io/hostname"): Partial<PodSpec> => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { app } } }],
    },
  },
});

describe("scheduler says why, in Kubernetes' words", () => {
  const tainted = node("n2", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } });
  const cordoned = node("n3", { spec: { unschedulable: true } });
  const cases: readonly (readonly [string, Pod, ClusterView, string])[] = [
    ["no nodes", pod("a"), cluster([]), "no nodes available to schedule pods"],
    [
      "resources, taints, cordons together",
      pod("a", cpu("3")),
      cluster([node("n1"), tainted, cordoned]),
      "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {k: v}, 1 node(s) were unschedulable.",
    ],
    [
      "node selector",
      pod("a", { nodeSelector: { disk: "fast" } }),
      cluster(three),
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      "host ports",
      pod("a", { containers: [{ name: "c", image: "x", ports: [{ containerPort: 80, hostPort: 80 }] }] }),
      cluster(
        [node("n1")],
        [on("n1", pod("b", { containers: [{ name: "c", image: "x", ports: [{ containerPort: 1, hostPort: 80 }] }] }))],
      ),
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    ],
    [
      "anti-affinity of the pod",
      pod("a", antiAffinity("db"), { app: "db" }),
      cluster(
        three,
        ["n1", "n2", "n3"].map((name) => on(name, pod(`db-${name}`, {}, { app: "db" }))),
      ),
      "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
    ],
    [
      "anti-affinity of others",
      pod("a", {}, { app: "web" }),
      cluster([node("n1")], [on("n1", pod("b", antiAffinity("web"), { app: "db" }))]),
      "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
    ],
    [
      "missing claim",
      pod("a", { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }] }),
      cluster(three),
      '0/3 nodes are available: persistentvolumeclaim "data" not found.',
    ],
    [
      "too many pods",
      pod("a"),
      cluster([node("n1", { status: { allocatable: { pods: "1", cpu: "1", memory: "1Gi" } } })], [on("n1", pod("b"))]),
      "0/1 nodes are available: 1 Too many pods.",
    ],
  ];
  for (const [name, each, view, message] of cases) test(name, () => assert.equal(why(each, view), message));
});

describe("scheduler", () => {
  test("tolerations, node affinity and existing usage decide", () => {
    const tainted = node("n1", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
    assert.equal(why(pod("a", { tolerations: [{ key: "k", operator: "Exists" }] }), cluster([tainted])), "on n1");
    const terms = [{ matchExpressions: [{ key: "zone", operator: "In", values: ["b"] }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    assert.equal(why(pod("a", { affinity }), cluster(three)), "on n3");
    assert.equal(
      why(pod("a", cpu("1500m")), cluster([node("n1"), node("n2")], [on("n1", pod("b", cpu("1")))])),
      "on n2",
    );
  });

  test("an init container's peak and sidecars count", () => {
    const sidecar = { name: "s", image: "x", restartPolicy: "Always", resources: { requests: { cpu: "500m" } } };
    const init = { name: "i", image: "x", resources: { requests: { cpu: "1800m" } } };
    const each = pod("a", { ...cpu("500m"), initContainers: [sidecar, init] as never });
    assert.equal(why(each, cluster([node("n1")])), "0/1 nodes are available: 1 Insufficient cpu.");
    assert.equal(why(pod("a", { ...cpu("500m"), initContainers: [init] as never }), cluster([node("n1")])), "on n1");
  });

  test("pods of one controller are spread, as are those that prefer to be apart", () => {
    const owned = (name: string): Pod => ({
      ...pod(name),
      metadata: {
        ...pod(name).metadata,
        ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "set", controller: true }],
      },
    });
    assert.equal(why(owned("c"), cluster(three, [on("n1", owned("a")), on("n2", owned("b"))])), "on n3");
    const preferred = {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "db" } } },
          },
        ],
      },
    };
    const each = pod("x", { affinity: preferred }, { app: "db" });
    assert.equal(
      why(each, cluster(three, [on("n1", pod("a", {}, { app: "db" })), on("n3", pod("b", {}, { app: "db" }))])),
      "on n2",
    );
  });

  test("affinity follows others; the first of its kind may start anywhere", () => {
    const together = {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "zone", labelSelector: { matchLabels: { app: "db" } } },
        ],
      },
    };
    assert.equal(
      why(pod("a", { affinity: together }, { app: "web" }), cluster(three, [on("n3", pod("d", {}, { app: "db" }))])),
      "on n3",
    );
    assert.match(why(pod("a", { affinity: together }, { app: "db" }), cluster(three)), /^on/);
    assert.equal(
      why(pod("a", { affinity: together }, { app: "web" }), cluster(three)),
      "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    );
  });

  test("a node that lacks the label of one soft constraint is the worst by all of them", () => {
    const soft = (topologyKey: string) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway" as const,
      labelSelector: { matchLabels: { app: "db" } },
    });
    const db = (name: string) =>
      pod(name, { topologySpreadConstraints: [soft("kubernetes.io/hostname"), soft("rack")] }, { app: "db" });
    const labelled = node("n1", { metadata: { labels: { rack: "r1" } } });
    assert.equal(why(db("b"), cluster([labelled, node("n2")], [on("n1", db("a"))])), "on n1");
    assert.equal(
      why(db("b"), cluster([labelled, node("n2", { metadata: { labels: { rack: "r2" } } })], [on("n1", db("a"))])),
      "on n2",
    );
  });

  test("topology spread: the skew is kept, a domain without the label is refused", () => {
    const spread = (topologyKey: string) => ({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { app: "db" } } },
      ],
    });
    const db = (name: string) => pod(name, spread("zone"), { app: "db" });
    assert.equal(why(db("c"), cluster(three, [on("n1", db("a"))])), "on n3");
    assert.equal(
      why(pod("c", spread("rack"), { app: "db" }), cluster(three)),
      "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).",
    );
  });

  test("volumes: bound ones tie to their node, waiting ones are handed on", () => {
    const uses = pod("a", { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }] });
    const claim = (more: Partial<PersistentVolumeClaim>): PersistentVolumeClaim => ({
      metadata: { name: "data", namespace: "ns" },
      ...more,
      spec: { storageClassName: "local", ...more.spec },
    });
    const volume = {
      metadata: { name: "pv" },
      spec: {
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["n2"] }] },
            ],
          },
        },
      },
    };
    const bound = new Map([["ns/data", claim({ spec: { volumeName: "pv" }, status: { phase: "Bound" } })]]);
    assert.equal(why(uses, cluster(three, [], { claims: bound, volumes: new Map([["pv", volume]]) })), "on n2");
    const classes = new Map([
      [
        "local",
        { metadata: { name: "local" }, provisioner: "keelson.dev/local", volumeBindingMode: "WaitForFirstConsumer" },
      ],
    ]);
    const waiting = placePod(
      uses,
      cluster(three, [], { claims: new Map([["ns/data", claim({})]]), storageClasses: classes }),
    );
    assert.ok(waiting.type === "node" && waiting.waiting.length === 1);
    const immediate = cluster(three, [], { claims: new Map([["ns/data", claim({})]]) });
    assert.equal(why(uses, immediate), "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    const promised = new Map([
      [
        "ns/data",
        {
          ...claim({}),
          metadata: { name: "data", namespace: "ns", annotations: { "volume.kubernetes.io/selected-node": "n3" } },
        },
      ],
    ]);
    assert.equal(why(uses, cluster(three, [], { claims: promised, storageClasses: classes })), "on n3");
  });

  test("who is asked about and in which order", () => {
    assert.equal(isPending(pod("a"), "default-scheduler"), true);
    assert.equal(isPending(pod("a", { schedulerName: "other" }), "default-scheduler"), false);
    assert.equal(isPending(on("n1", pod("a")), "default-scheduler"), false);
    const order = inSchedulingOrder([pod("b"), pod("c", { priority: 10 }), pod("a")]).map(
      ({ metadata }) => metadata.name,
    );
    assert.deepEqual(order, ["c", "a", "b"]);
  });
});
