/** Workloads as a user meets them: kubectl on our API server and on the real one, all controllers, nodes simulated. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kinds } from "@keelson/kube";
import { apiServerMissing, until } from "@keelson/kube/testing";
import { claimTemplate, deployment, job, statefulSet, template } from "./testing/manifests.ts";
import { eventually, findKubectl, type Stage, startStage } from "./testing/stage.ts";

const noKubectl = findKubectl() === undefined ? "no kubectl" : undefined;

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: noKubectl ?? apiServerMissing({ real }) }, () => {
    let stage: Stage;
    before(async () => {
      stage = await startStage({ real });
    });
    after(() => stage.stop());

    test("a Deployment rolls out, scales, rolls back, and keeps its history", async () => {
      const namespace = await stage.namespace("deploy");
      const k = (...args: string[]) => stage.kubectl("-n", namespace, ...args);
      await stage.apply(deployment({ namespace, name: "web", replicas: 3, spec: { revisionHistoryLimit: 1 } }));
      assert.match(await k("rollout", "status", "deployment/web", "--timeout=20s"), /successfully rolled out/);
      await k("scale", "deployment/web", "--replicas=5");
      await k("rollout", "status", "deployment/web", "--timeout=20s");
      for (const image of ["two", "three"]) {
        await k("set", "image", "deployment/web", `c=${image}`);
        await k("rollout", "status", "deployment/web", "--timeout=30s");
      }
      assert.match(await k("rollout", "history", "deployment/web"), /2[\s\S]*3/);
      await k("rollout", "undo", "deployment/web");
      await k("rollout", "status", "deployment/web", "--timeout=30s");
      const live = await eventually(stage, kinds.Deployment, {
        namespace,
        name: "web",
        is: ({ status }) => status?.replicas === 5,
      });
      assert.equal(live.spec?.template.spec?.containers[0]?.image, "two");
      await until(
        "old revisions are cleaned up",
        async () => (await stage.client.list(kinds.ReplicaSet, { namespace })).items.length === 2,
      );
      const { items } = await stage.client.list(kinds.Pod, { namespace });
      assert.equal(items.filter((pod) => pod.metadata.deletionTimestamp === undefined).length, 5);
    });

    test("a Deployment that cannot progress says so", async () => {
      const namespace = await stage.namespace("stuck");
      const pods = template("web", { annotations: { "sim/ready": "false" } });
      await stage.apply(deployment({ namespace, name: "web", spec: { progressDeadlineSeconds: 1 }, template: pods }));
      await assert.rejects(
        stage.kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=20s"),
        /exceeded its progress deadline/,
      );
    });

    test("Recreate starts no new pod before the last old one has ended", async () => {
      const namespace = await stage.namespace("recreate");
      const spec = { strategy: { type: "Recreate" } };
      await stage.apply(deployment({ namespace, name: "web", spec }));
      await stage.kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=20s");
      const images = new Set<string>();
      const watch = new AbortController();
      const seen = (async () => {
        for await (const { type } of stage.client.watch(kinds.Pod, { namespace, signal: watch.signal })) {
          if (type === "BOOKMARK") continue;
          // One that has ended and is not removed yet does not count, as in kube-controller-manager.
          const running = (await stage.client.list(kinds.Pod, { namespace })).items.filter(
            ({ status }) => status?.phase !== "Failed" && status?.phase !== "Succeeded",
          );
          images.add([...new Set(running.map((pod) => pod.spec?.containers[0]?.image))].sort().join("+"));
        }
      })().catch(() => undefined);
      await stage.kubectl("-n", namespace, "set", "image", "deployment/web", "c=two");
      await stage.kubectl("-n", namespace, "rollout", "status", "deployment/web", "--timeout=20s");
      watch.abort();
      await seen;
      assert.ok(images.size > 0 && !images.has("one+two"), [...images].join(" "));
    });

    test("a StatefulSet starts in order, is updated from the end, and scales down from the end", async () => {
      const namespace = await stage.namespace("sts");
      const k = (...args: string[]) => stage.kubectl("-n", namespace, ...args);
      await stage.apply(statefulSet({ namespace, name: "db", replicas: 3 }));
      assert.match(await k("rollout", "status", "sts/db", "--timeout=20s"), /complete/);
      const pods = (await stage.client.list(kinds.Pod, { namespace })).items;
      const made = pods.map((pod) => pod.metadata.name);
      assert.deepEqual(made.sort(), ["db-0", "db-1", "db-2"]);
      assert.equal(pods.find(({ metadata }) => metadata.name === "db-1")?.spec?.hostname, "db-1");
      await k("set", "image", "sts/db", "c=two");
      await k("rollout", "status", "sts/db", "--timeout=30s");
      await k("rollout", "undo", "sts/db");
      await k("rollout", "status", "sts/db", "--timeout=30s");
      const live = await eventually(stage, kinds.StatefulSet, {
        namespace,
        name: "db",
        is: ({ status }) => status?.currentRevision === status?.updateRevision,
      });
      assert.equal(live.spec?.template.spec?.containers[0]?.image, "one");
      await k("scale", "sts/db", "--replicas=1");
      await until(
        "db-0 is left",
        async () =>
          (await stage.client.list(kinds.Pod, { namespace })).items.map((pod) => pod.metadata.name).join() === "db-0",
      );
    });

    test("a StatefulSet's claims are made, bound and kept; with policy Delete they go", async () => {
      const namespace = await stage.namespace("claims");
      const spec = {
        volumeClaimTemplates: [claimTemplate("data")],
        persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete", whenDeleted: "Retain" },
      };
      await stage.apply(statefulSet({ namespace, name: "db", spec }));
      await stage.kubectl("-n", namespace, "rollout", "status", "sts/db", "--timeout=20s");
      const claims = async () =>
        (await stage.client.list(kinds.PersistentVolumeClaim, { namespace })).items.map(
          ({ metadata, status }) => `${metadata.name} ${status?.phase}`,
        );
      assert.deepEqual(await claims(), ["data-db-0 Bound", "data-db-1 Bound"]);
      await stage.kubectl("-n", namespace, "scale", "sts/db", "--replicas=1");
      await until("the claim of the pod that left is gone", async () => (await claims()).join() === "data-db-0 Bound");
      await stage.kubectl("-n", namespace, "delete", "sts/db", "--timeout=20s");
      assert.deepEqual(await claims(), ["data-db-0 Bound"]);
      const volume = (await stage.client.list(kinds.PersistentVolume)).items.find(
        ({ spec }) => spec?.claimRef?.namespace === namespace,
      );
      await stage.kubectl("-n", namespace, "delete", "pvc", "data-db-0", "--timeout=20s");
      await until(
        "the volume is gone",
        async () =>
          (await stage.client.get(kinds.PersistentVolume, { name: volume?.metadata.name ?? "" })) === undefined,
      );
    });

    test("a bound claim grows, and a shrink is refused", async () => {
      const namespace = await stage.namespace("grow");
      await stage.apply(
        statefulSet({ namespace, name: "db", replicas: 1, spec: { volumeClaimTemplates: [claimTemplate("data")] } }),
      );
      await stage.kubectl("-n", namespace, "rollout", "status", "sts/db", "--timeout=20s");
      const patch = (storage: string) =>
        stage.kubectl(
          "-n",
          namespace,
          "patch",
          "pvc",
          "data-db-0",
          "-p",
          JSON.stringify({ spec: { resources: { requests: { storage } } } }),
        );
      await patch("3Mi");
      const grown = await eventually(stage, kinds.PersistentVolumeClaim, {
        namespace,
        name: "data-db-0",
        is: ({ status }) => status?.capacity?.["storage"] === "3Mi",
      });
      assert.deepEqual(grown.status?.conditions ?? [], []);
      await patch("1000000Gi");
      const refused = await eventually(stage, kinds.PersistentVolumeClaim, {
        namespace,
        name: "data-db-0",
        is: ({ status }) => (status?.conditions ?? []).length > 0,
      });
      assert.match(refused.status?.conditions?.[0]?.message ?? "", /no room/);
      assert.equal(refused.status?.capacity?.["storage"], "3Mi");
    });

    test("a Job counts every completion once, also when the controllers die in between", async () => {
      const namespace = await stage.namespace("job");
      await stage.apply(job({ namespace, name: "work", spec: { completions: 12, parallelism: 4 } }));
      for (let round = 0; round < 3; round++) {
        await stage.crash();
        await stage.start();
      }
      assert.match(
        await stage.kubectl("-n", namespace, "wait", "job/work", "--for=condition=complete", "--timeout=30s"),
        /met/,
      );
      const live = await eventually(stage, kinds.Job, {
        namespace,
        name: "work",
        is: ({ status }) => status?.succeeded === 12,
      });
      assert.equal(live.status?.failed ?? 0, 0);
      assert.deepEqual(live.status?.uncountedTerminatedPods ?? {}, {});
      assert.equal((await stage.client.list(kinds.Pod, { namespace })).items.length, 12);
    });

    test("a Job fails at its backoff limit; an indexed one runs every index; one with a TTL goes away", async () => {
      const namespace = await stage.namespace("jobs");
      await stage.apply(
        job({ namespace, name: "bad", exit: "3", spec: { backoffLimit: 0 } }),
        job({ namespace, name: "indexed", spec: { completionMode: "Indexed", completions: 3, parallelism: 3 } }),
        job({ namespace, name: "short", spec: { ttlSecondsAfterFinished: 1 } }),
      );
      const bad = await eventually(stage, kinds.Job, {
        namespace,
        name: "bad",
        is: ({ status }) => status?.conditions?.some((c) => c.type === "Failed"),
      });
      assert.equal(bad.status?.conditions?.find((c) => c.type === "Failed")?.reason, "BackoffLimitExceeded");
      assert.equal(bad.status?.failed, 1);
      const indexed = await eventually(stage, kinds.Job, {
        namespace,
        name: "indexed",
        is: ({ status }) => status?.completionTime !== undefined,
      });
      assert.equal(indexed.status?.completedIndexes, "0-2");
      await until(
        "the Job with a time to live is gone",
        async () => (await stage.client.get(kinds.Job, { namespace, name: "short" })) === undefined,
      );
    });

    test("a DaemonSet runs on every node and follows an update", async () => {
      const namespace = await stage.namespace("daemon");
      const spec = { selector: { matchLabels: { app: "agent" } }, template: template("agent") };
      await stage.apply({ apiVersion: "apps/v1", kind: "DaemonSet", metadata: { namespace, name: "agent" }, spec });
      assert.match(
        await stage.kubectl("-n", namespace, "rollout", "status", "ds/agent", "--timeout=20s"),
        /successfully rolled out/,
      );
      const nodes = async () =>
        (await stage.client.list(kinds.Pod, { namespace })).items
          .map((pod) => `${pod.spec?.nodeName} ${pod.spec?.containers[0]?.image}`)
          .sort();
      assert.deepEqual(await nodes(), ["node1 one", "node2 one", "node3 one"]);
      await stage.kubectl("-n", namespace, "set", "image", "ds/agent", "c=two");
      await stage.kubectl("-n", namespace, "rollout", "status", "ds/agent", "--timeout=20s");
      await until("every pod is new", async () => (await nodes()).join() === "node1 two,node2 two,node3 two");
    });
  });
}
