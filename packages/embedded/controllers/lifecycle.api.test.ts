/** What follows pods: endpoints, budgets, accounts; and nodes that are lost. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isTooManyRequests, kinds } from "@keelson/kube";
import { apiServerMissing, until } from "@keelson/kube/testing";
import { statefulSet, template } from "./testing/manifests.ts";
import { eventually, findKubectl, type Stage, startStage } from "./testing/stage.ts";

const noKubectl = findKubectl() === undefined ? "no kubectl" : undefined;

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: noKubectl ?? apiServerMissing({ real }) }, () => {
    let stage: Stage;
    before(async () => {
      stage = await startStage({ real, nodeGraceMs: 4_000 });
    });
    after(() => stage.stop());

    const rollout = (namespace: string, what: string) =>
      stage.kubectl("-n", namespace, "rollout", "status", what, "--timeout=20s");

    test("endpoints follow pods; Endpoints that somebody else writes are mirrored and left alone", async () => {
      const namespace = await stage.namespace("ep");
      await stage.apply(
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { namespace, name: "db" },
          spec: { clusterIP: "None", selector: { app: "db" }, ports: [{ name: "pg", port: 5432 }] },
        },
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { namespace, name: "leader" },
          spec: { clusterIP: "None", ports: [{ name: "pg", port: 5432 }] },
        },
        statefulSet({ namespace, name: "db" }),
      );
      await rollout(namespace, "sts/db");
      const slicesOf = async (service: string) =>
        (
          await stage.client.list(kinds.EndpointSlice, {
            namespace,
            labelSelector: { "kubernetes.io/service-name": service },
          })
        ).items;
      await until(
        "both pods are in the slice",
        async () => (await slicesOf("db"))[0]?.endpoints?.filter((e) => e.conditions?.ready).length === 2,
      );
      assert.deepEqual((await slicesOf("db"))[0]?.endpoints?.map((each) => each.hostname).sort(), ["db-0", "db-1"]);
      const classic = await eventually(stage, kinds.Endpoints, {
        namespace,
        name: "db",
        is: ({ subsets }) => subsets?.[0]?.addresses?.length === 2,
      });
      assert.deepEqual(classic.subsets?.[0]?.ports, [{ name: "pg", port: 5432, protocol: "TCP" }]);

      const subsets = [
        { addresses: [{ ip: "10.244.1.77", nodeName: "node1" }], ports: [{ name: "pg", port: 5432, protocol: "TCP" }] },
      ];
      await stage.client.create(kinds.Endpoints, {
        metadata: { namespace, name: "leader", annotations: { leader: "db-0" } },
        subsets,
      });
      await until(
        "the leader is mirrored",
        async () => (await slicesOf("leader"))[0]?.endpoints?.[0]?.addresses[0] === "10.244.1.77",
      );
      const move = { subsets: [{ ...subsets[0], addresses: [{ ip: "10.244.1.78" }] }] };
      await stage.client.patch(kinds.Endpoints, { namespace, name: "leader" }, { type: "merge", body: move });
      await until(
        "the mirror follows",
        async () => (await slicesOf("leader"))[0]?.endpoints?.[0]?.addresses[0] === "10.244.1.78",
      );
      const left = await stage.client.get(kinds.Endpoints, { namespace, name: "leader" });
      assert.equal(left?.metadata.annotations?.["leader"], "db-0");
      await stage.client.delete(kinds.Service, { namespace, name: "leader" });
      await until("the mirror goes with the Service", async () => (await slicesOf("leader")).length === 0);
    });

    test("why a pod waits is told in its condition and an event; it runs as soon as it can", async () => {
      const namespace = await stage.namespace("wait");
      const spec = {
        nodeSelector: { disk: "fast" },
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "c", image: "x" }],
      };
      await stage.apply({ apiVersion: "v1", kind: "Pod", metadata: { namespace, name: "picky" }, spec });
      const waiting = await eventually(stage, kinds.Pod, {
        namespace,
        name: "picky",
        is: ({ status }) => status?.conditions?.some((c) => c.reason === "Unschedulable"),
      });
      const why = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
      assert.equal(waiting.status?.conditions?.find((c) => c.type === "PodScheduled")?.message, why);
      await until("the event is there", async () =>
        (await stage.kubectl("-n", namespace, "describe", "pod", "picky")).includes(why),
      );
      await stage.kubectl("label", "node", "node2", "disk=fast");
      const running = await eventually(stage, kinds.Pod, {
        namespace,
        name: "picky",
        is: ({ status }) => status?.phase === "Running",
      });
      assert.equal(running.spec?.nodeName, "node2");
    });

    test("a budget's status tells the room there is, and drain respects it", async () => {
      const namespace = await stage.namespace("pdb");
      await stage.apply(statefulSet({ namespace, name: "db", replicas: 3 }), {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { namespace, name: "db" },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: "db" } } },
      });
      await rollout(namespace, "sts/db");
      await eventually(stage, kinds.PodDisruptionBudget, {
        namespace,
        name: "db",
        is: ({ status }) => status?.currentHealthy === 3 && status.disruptionsAllowed === 0,
      });
      await assert.rejects(stage.client.evict({ namespace, name: "db-0" }), isTooManyRequests);
      await stage.client.patch(
        kinds.PodDisruptionBudget,
        { namespace, name: "db" },
        { type: "merge", body: { spec: { maxUnavailable: 1 } } },
      );
      await eventually(stage, kinds.PodDisruptionBudget, {
        namespace,
        name: "db",
        is: ({ status }) => status?.disruptionsAllowed === 1,
      });
      const before = await stage.client.get(kinds.Pod, { namespace, name: "db-0" });
      await stage.client.evict({ namespace, name: "db-0" });
      await eventually(stage, kinds.Pod, {
        namespace,
        name: "db-0",
        is: ({ metadata, status }) => metadata.uid !== before?.metadata.uid && status?.phase === "Running",
      });
      const result = await stage.kubectl(
        "drain",
        "node3",
        "--ignore-daemonsets",
        "--force",
        "--delete-emptydir-data",
        "--timeout=30s",
      );
      assert.match(result, /drained/);
      await rollout(namespace, "sts/db");
      await stage.kubectl("uncordon", "node3");
    });

    test("accounts, the authority and token secrets come by themselves", async () => {
      const namespace = await stage.namespace("sa");
      const map = await eventually(stage, kinds.ConfigMap, { namespace, name: "kube-root-ca.crt", is: () => true });
      assert.equal(map["data"]?.["ca.crt"], "CA");
      await stage.client.delete(kinds.ServiceAccount, { namespace, name: "default" });
      await eventually(stage, kinds.ServiceAccount, { namespace, name: "default", is: () => true });
      await stage.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: "bot" } });
      await stage.client.create(kinds.Secret, {
        metadata: { namespace, name: "bot-token", annotations: { "kubernetes.io/service-account.name": "bot" } },
        type: "kubernetes.io/service-account-token",
      });
      const secret = await eventually(stage, kinds.Secret, {
        namespace,
        name: "bot-token",
        is: (each) => each["data"]?.["token"] !== undefined,
      });
      assert.match(Buffer.from(secret["data"]?.["token"] ?? "", "base64").toString(), /^ey/);
      await stage.client.delete(kinds.ServiceAccount, { namespace, name: "bot" });
      await until(
        "the secret goes with its account",
        async () => (await stage.client.get(kinds.Secret, { namespace, name: "bot-token" })) === undefined,
      );
    });

    test("a silent node is marked, its pods leave the endpoints, are evicted in time, and removed once it is out of service", async () => {
      const namespace = await stage.namespace("lost");
      const tolerations = [
        { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 1 },
      ];
      const pods = template("db", { spec: { nodeSelector: { "kubernetes.io/hostname": "node3" }, tolerations } });
      await stage.apply(statefulSet({ namespace, name: "db", replicas: 1, template: pods }), {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace, name: "db" },
        spec: { clusterIP: "None", selector: { app: "db" }, ports: [{ port: 5432 }] },
      });
      await rollout(namespace, "sts/db");
      stage.nodes[2]?.stop();
      const node = await eventually(stage, kinds.Node, {
        name: "node3",
        is: ({ status }) => status?.conditions?.some((c) => c.type === "Ready" && c.status === "Unknown"),
      });
      assert.equal(
        node.status?.conditions?.find((c) => c.type === "Ready")?.message,
        "Kubelet stopped posting node status.",
      );
      await eventually(stage, kinds.Endpoints, {
        namespace,
        name: "db",
        is: ({ subsets }) => subsets?.[0]?.addresses === undefined,
      });
      await eventually(stage, kinds.Pod, {
        namespace,
        name: "db-0",
        is: ({ metadata }) => metadata.deletionTimestamp !== undefined,
      });
      const old = (await stage.client.list(kinds.Pod, { namespace })).items[0]?.metadata.uid;
      await stage.kubectl("taint", "node", "node3", "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute");
      await until("the pod is replaced", async () => {
        const pod = await stage.client.get(kinds.Pod, { namespace, name: "db-0" });
        return pod !== undefined && pod.metadata.uid !== old;
      });
    });
  });
}
