/** The same objects given to our controllers and to kube-controller-manager with kube-scheduler: the same ends and the same words. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Kind, type KubeObject, kinds } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import { deployment, job, statefulSet, template } from "./testing/manifests.ts";
import { eventually, findKubectl, refereesMissing, type Stage, startStage } from "./testing/stage.ts";

const NAMESPACE = "same";

/** What of an object must be equal on both sides. */
function essence(object: KubeObject & { spec?: unknown; status?: unknown }, part: (each: never) => unknown): unknown {
  return JSON.parse(JSON.stringify(part(object as never)), (key, value) => {
    if (/Time$|^timeAdded$|Timestamp$|^uid$|^resourceVersion$|^podIPs?$|^ip$|^addresses$/.test(key)) return undefined;
    // Zero and absent are one to a reader.
    if (value === 0 || (Array.isArray(value) && value.length === 0)) return undefined;
    if (typeof value !== "string") return value;
    // Names made of hashes and chance.
    return value
      .replace(/-[a-z0-9]{8,10}(-[a-z0-9]{5})?(?=$|")/g, "-HASH")
      .replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}$/, "-RANDOM");
  });
}

describe("ours and the real ones agree", {
  skip: refereesMissing() ?? (findKubectl() === undefined ? "no kubectl" : undefined),
}, () => {
  let ours: Stage;
  let real: Stage;
  before(async () => {
    [ours, real] = await Promise.all([startStage({ real: true }), startStage({ real: true, referee: true })]);
    for (const stage of [ours, real]) {
      await stage.client.create(kinds.Namespace, { metadata: { name: NAMESPACE } });
      await until("the account is there", () =>
        stage.client.get(kinds.ServiceAccount, { namespace: NAMESPACE, name: "default" }),
      );
    }
  });
  after(() => Promise.all([ours?.stop(), real?.stop()]));

  /** Gives both the same, waits for both, and compares a part of what came out. */
  async function compare<T extends KubeObject>(
    kind: Kind<T>,
    name: string,
    at: { readonly is: (object: T) => unknown; readonly part: (object: T) => unknown; readonly namespace?: string },
  ): Promise<void> {
    const ref = { name, ...(kind.namespaced ? { namespace: NAMESPACE } : {}), is: at.is };
    const [a, b] = await Promise.all([eventually(ours, kind, ref), eventually(real, kind, ref)]);
    assert.deepEqual(essence(a, at.part), essence(b, at.part));
  }
  const apply = (...objects: object[]) => Promise.all([ours.apply(...objects), real.apply(...objects)]);
  const kubectl = (...args: string[]) =>
    Promise.all([ours, real].map((stage) => stage.kubectl("-n", NAMESPACE, ...args)));
  const sorted = (conditions: readonly { readonly type: string }[] = []) =>
    [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1));

  test("Deployment and ReplicaSet", async () => {
    await apply(deployment({ namespace: NAMESPACE, name: "web", replicas: 3 }));
    await kubectl("set", "image", "deployment/web", "c=two");
    await kubectl("rollout", "status", "deployment/web", "--timeout=30s");
    await compare(kinds.Deployment, "web", {
      is: ({ status }) =>
        status?.replicas === 3 && status.conditions?.some((each) => each.reason === "NewReplicaSetAvailable"),
      part: ({ metadata, status }) => ({
        annotations: metadata?.annotations?.["deployment.kubernetes.io/revision"],
        status: { ...status, conditions: sorted(status?.conditions) },
      }),
    });
    const set = async (stage: Stage) => {
      const { items } = await stage.client.list(kinds.ReplicaSet, { namespace: NAMESPACE });
      const live = items.find(({ spec }) => spec?.replicas === 3);
      return essence(live ?? {}, ({ metadata, status }: (typeof items)[number]) => ({
        annotations: metadata.annotations,
        owner: metadata.ownerReferences,
        status,
      }));
    };
    assert.deepEqual(await set(ours), await set(real));
  });

  test("StatefulSet, its pods and its revision", async () => {
    await apply(statefulSet({ namespace: NAMESPACE, name: "db", replicas: 2 }));
    await kubectl("set", "image", "sts/db", "c=two");
    await kubectl("rollout", "status", "sts/db", "--timeout=30s");
    await compare(kinds.StatefulSet, "db", {
      is: ({ status }) => status?.currentReplicas === 2 && status.availableReplicas === 2,
      part: ({ status }) => status,
    });
    await compare(kinds.Pod, "db-0", {
      is: ({ status }) => status?.phase === "Running",
      part: ({ metadata, spec }) => ({
        labels: { ...metadata?.labels, "controller-revision-hash": "" },
        owner: metadata?.ownerReferences,
        generateName: metadata?.generateName,
        hostname: spec?.hostname,
        subdomain: spec?.subdomain,
        tolerations: spec?.tolerations,
      }),
    });
  });

  test("Jobs: complete, failed, indexed", async () => {
    await apply(
      job({ namespace: NAMESPACE, name: "good", spec: { completions: 3, parallelism: 2 } }),
      job({ namespace: NAMESPACE, name: "bad", exit: "3", spec: { backoffLimit: 0 } }),
      job({
        namespace: NAMESPACE,
        name: "indexed",
        spec: { completionMode: "Indexed", completions: 3, parallelism: 3 },
      }),
    );
    for (const [name, type] of [
      ["good", "Complete"],
      ["bad", "Failed"],
      ["indexed", "Complete"],
    ] as const) {
      await compare(kinds.Job, name, {
        is: ({ status }) => status?.conditions?.some((each) => each.type === type),
        part: ({ status }) => status,
      });
    }
  });

  test("DaemonSet", async () => {
    const spec = { selector: { matchLabels: { app: "agent" } }, template: template("agent") };
    await apply({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { namespace: NAMESPACE, name: "agent" }, spec });
    await kubectl("rollout", "status", "ds/agent", "--timeout=30s");
    await compare(kinds.DaemonSet, "agent", {
      is: ({ status }) => status?.numberAvailable === 3,
      part: ({ status }) => status,
    });
    const pod = async (stage: Stage) => {
      const { items } = await stage.client.list(kinds.Pod, { namespace: NAMESPACE, labelSelector: { app: "agent" } });
      const [first] = items.sort((a, b) => ((a.spec?.nodeName ?? "") < (b.spec?.nodeName ?? "") ? -1 : 1));
      return { affinity: first?.spec?.affinity, tolerations: first?.spec?.tolerations };
    };
    assert.deepEqual(await pod(ours), await pod(real));
  });

  test("endpoints, slices and mirrors", async () => {
    const service = (name: string, spec: object) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: NAMESPACE, name, labels: { team: "x" } },
      spec,
    });
    await apply(
      service("db", { clusterIP: "None", selector: { app: "db" }, ports: [{ name: "pg", port: 5432 }] }),
      service("leader", { clusterIP: "None", ports: [{ name: "pg", port: 5432 }] }),
      {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { namespace: NAMESPACE, name: "leader", labels: { cluster: "c" }, annotations: { leader: "db-0" } },
        subsets: [
          {
            addresses: [{ ip: "10.9.9.9" }],
            notReadyAddresses: [{ ip: "10.9.9.8" }],
            ports: [{ name: "pg", port: 5432, protocol: "TCP" }],
          },
        ],
      },
    );
    await compare(kinds.Endpoints, "db", {
      is: ({ subsets }) => subsets?.[0]?.addresses?.length === 2,
      part: ({ metadata, subsets }) => ({
        labels: metadata?.labels,
        subsets: subsets?.map((each) => ({
          ...each,
          addresses: each.addresses?.map(({ hostname }) => hostname).sort(),
        })),
      }),
    });
    const slice = async (stage: Stage, name: string) => {
      const { items } = await stage.client.list(kinds.EndpointSlice, {
        namespace: NAMESPACE,
        labelSelector: { "kubernetes.io/service-name": name },
      });
      const endpoints = items[0]?.endpoints
        ?.map(({ conditions, hostname, targetRef }) =>
          JSON.stringify([conditions?.ready, conditions?.serving, conditions?.terminating, hostname, targetRef?.name]),
        )
        .sort();
      return essence({}, () => ({
        count: items.length,
        labels: items[0]?.metadata.labels,
        owner: items[0]?.metadata.ownerReferences,
        ports: items[0]?.ports,
        endpoints,
      }));
    };
    for (const [name, count] of [
      ["db", 2],
      ["leader", 2],
    ] as const) {
      for (const stage of [ours, real]) {
        await until(`slices of ${name}`, async () => {
          const { items } = await stage.client.list(kinds.EndpointSlice, {
            namespace: NAMESPACE,
            labelSelector: { "kubernetes.io/service-name": name },
          });
          return items.flatMap((each) => each.endpoints ?? []).length === count;
        });
      }
      assert.deepEqual(await slice(ours, name), await slice(real, name));
    }
  });

  test("budgets", async () => {
    const budget = (name: string, spec: object) => ({
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { namespace: NAMESPACE, name },
      spec: { selector: { matchLabels: { app: "web" } }, ...spec },
    });
    await apply(budget("min", { minAvailable: "50%" }), budget("max", { maxUnavailable: 1 }));
    for (const name of ["min", "max"])
      await compare(kinds.PodDisruptionBudget, name, {
        is: ({ status }) => status?.currentHealthy === 3,
        part: ({ status }) => status,
      });
  });

  test("why a pod waits", async () => {
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace: NAMESPACE, name: "big" },
      spec: {
        nodeSelector: { "kubernetes.io/os": "linux" },
        containers: [{ name: "c", image: "x", resources: { requests: { cpu: "100" } } }],
      },
    });
    const sentence = (message = "") => message.replace(/ no new claims to deallocate,.*| preemption:.*/, "");
    await compare(kinds.Pod, "big", {
      is: ({ status }) => status?.conditions?.some((each) => each.reason === "Unschedulable"),
      part: ({ status }) =>
        status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, sentence(message)]),
    });
  });
});
