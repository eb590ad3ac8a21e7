/** Patches, apply and field ownership: our API server beside a real kube-apiserver, the same requests, the same answers. */
import { after, before, describe, test } from "node:test";
import { type Step, TwoServers, twoServersMissing } from "../schema/testing/two-servers.ts";

const namespace = "/api/v1/namespaces/default";
const deployments = "/apis/apps/v1/namespaces/default/deployments";

type Patch = "apply" | "merge" | "strategic" | "json";

const types: Readonly<Record<Patch, string>> = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
};

function patch(type: Patch, path: string, body: unknown): Step {
  return { method: "PATCH", path, type: types[type], body };
}

function apply(path: string, body: unknown, { manager = "a", force = false } = {}): Step {
  return patch("apply", `${path}?fieldManager=${manager}${force ? "&force=true" : ""}`, body);
}

function configMap(rest: object, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c1", ...metadata }, ...rest };
}

function deployment(spec: object, rest: object = {}): object {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec, ...rest };
}

const pods = (...containers: object[]): object => ({
  selector: { matchLabels: { app: "w" } },
  template: { metadata: { labels: { app: "w" } }, spec: { containers } },
});

const c1 = `${namespace}/configmaps/c1`;
const web = `${deployments}/web`;

describe("patches on two servers", { skip: twoServersMissing() }, () => {
  let two: TwoServers;
  before(async () => {
    two = await TwoServers.start();
  });
  after(() => two.stop());

  test("appliers share, conflict, take over and give up the data of a ConfigMap", () =>
    two.same([
      {
        method: "POST",
        path: `${namespace}/configmaps`,
        body: configMap({ data: { a: "1", b: "2" } }, { labels: { x: "y" } }),
      },
      apply(c1, configMap({ data: { a: "1" } })),
      apply(c1, configMap({ data: { a: "2" } })),
      apply(c1, configMap({ data: { a: "2", b: "3" } })),
      apply(c1, configMap({ data: { a: "2", b: "3" } }), { force: true }),
      apply(c1, configMap({ data: { c: "2" } }), { manager: "b" }),
      apply(c1, configMap({ data: { c: "2" } }), { manager: "b2" }),
      apply(c1, configMap({ data: {} })),
      apply(c1, configMap({})),
    ]));

  test("the other patches are tracked, and failing ones are refused alike", () =>
    two.same([
      patch("merge", `${c1}?fieldManager=m`, { data: { c: "9", z: "1" } }),
      patch("merge", `${c1}?fieldManager=m`, {
        data: { z: null },
        metadata: { labels: { x: null }, annotations: { q: "1" } },
      }),
      patch("strategic", `${c1}?fieldManager=s`, { metadata: { finalizers: ["a.b/c"] } }),
      patch("strategic", `${c1}?fieldManager=s`, { metadata: { "$deleteFromPrimitiveList/finalizers": ["a.b/c"] } }),
      patch("json", `${c1}?fieldManager=j`, [{ op: "add", path: "/data/k", value: "v" }]),
      patch("json", `${c1}?fieldManager=j`, [{ op: "test", path: "/data/k", value: "w" }]),
      patch("json", `${c1}?fieldManager=j`, [{ op: "remove", path: "/data/nope" }]),
      patch("json", `${c1}?fieldManager=j`, [{ op: "add", path: "/x/y/z", value: 1 }]),
      patch("merge", `${c1}?fieldManager=j`, { metadata: { managedFields: [] } }),
      apply(c1, configMap({ data: { a: "1" } }), { manager: "late" }),
      apply(c1, configMap({ data: { c: "1" } }), { manager: "late" }),
    ]));

  test("what cannot be applied", () =>
    two.same([
      apply(c1, configMap({ dat: { c: "1" } })),
      apply(c1, configMap({ data: { c: 1 } })),
      apply(c1, configMap({ data: {} }, { managedFields: [{ manager: "x" }] })),
      apply(c1, { apiVersion: "v1", kind: "Secret", metadata: { name: "c1" } }),
      apply(c1, configMap({}, { name: "other" })),
      patch("apply", c1, configMap({})),
      apply(web, deployment({ replica: 4 })),
      apply(web, deployment({ replicas: "4" })),
      apply(web, deployment(pods({ name: "a", image: "x" }, { name: "a", image: "y" }))),
    ]));

  test("lists with keys, quantities and structs of a Deployment", () => {
    const b = {
      name: "b",
      image: "j",
      ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }],
      resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
    };
    return two.same([
      apply(web, deployment({ replicas: 2, ...pods({ name: "a", image: "i" }) })),
      apply(web, deployment({ replicas: 3, ...pods({ name: "a", image: "i" }, b) })),
      apply(web, deployment({ replicas: 3, ...pods({ name: "a", image: "i" }, b) })),
      apply(web, deployment(pods({ name: "b", image: "j", ports: [{ containerPort: 80, protocol: "UDP" }] }))),
      apply(web, deployment(pods({ name: "c", image: "k", env: [{ name: "X", value: "1" }] })), { manager: "other" }),
      apply(web, deployment({ replicas: 7, ...pods({ name: "b", image: "other" }) }), { manager: "other" }),
      apply(web, deployment({ replicas: 7, ...pods({ name: "b", image: "other" }) }), {
        manager: "other",
        force: true,
      }),
    ]);
  });

  test("directives of strategic merge patches", () => {
    const containers = (...items: object[]) => ({ spec: { template: { spec: { containers: items } } } });
    const order = {
      "$setElementOrder/containers": [{ name: "n" }, { name: "b" }],
      containers: [{ name: "n", image: "z" }],
    };
    const strategic = (body: unknown) => patch("strategic", `${web}?fieldManager=sc`, body);
    return two.same([
      strategic(containers({ name: "b", env: [{ name: "Q", value: "1" }] })),
      strategic({ spec: { template: { spec: order } } }),
      strategic(containers({ name: "n", $patch: "delete" })),
      strategic({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
      strategic({ spec: { strategy: { $retainKeys: ["x"], type: "Recreate" } } }),
      strategic(containers({ image: "z" })),
      strategic(containers({ name: "b", $patch: "grow" })),
      strategic({ spec: { $patch: "replace", ...pods({ name: "r", image: "r" }) } }),
    ]);
  });

  test("the status belongs to the status endpoint", () =>
    two.same([
      patch("merge", `${web}/status?fieldManager=st`, {
        status: { replicas: 3, conditions: [{ type: "Available", status: "True" }] },
        spec: { replicas: 1 },
      }),
      apply(web, deployment(pods({ name: "r", image: "r" }), { status: { replicas: 99 } }), { manager: "w" }),
    ]));

  test("what Patroni does with Endpoints, warnings aside", async () => {
    const steps: Step[] = [
      {
        method: "POST",
        path: `${namespace}/endpoints`,
        body: { metadata: { name: "pg", annotations: { leader: "x" } } },
      },
      patch("strategic", `${namespace}/endpoints/pg`, {
        metadata: { annotations: { leader: null, optime: "5" } },
        subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 5432, name: "postgresql" }] }],
      }),
      patch("strategic", `${namespace}/endpoints/pg`, { subsets: [] }),
    ];
    await two.same(steps, { warnings: false });
  });
});
