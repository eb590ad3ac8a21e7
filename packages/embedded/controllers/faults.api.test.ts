/** Controllers that are killed, cut off or refused: the end is the same, and nothing is made twice. And they are silent when all is done. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { kinds } from "@keelson/kube";
import { apiServerMissing, until } from "@keelson/kube/testing";
import { claimTemplate, deployment, job, statefulSet } from "./testing/manifests.ts";
import { findKubectl, type Stage, startStage } from "./testing/stage.ts";

/** How long a settled system is listened to. */
const LISTEN_MS = 3_000;

describe("controllers under faults", {
  skip: findKubectl() === undefined ? "no kubectl" : apiServerMissing({ real: false }),
}, () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage({ real: false });
  });
  after(() => stage.stop());

  const isWatch = (query: object = {}) => "watch" in query && query.watch !== undefined;
  const calls = () =>
    stage.transport.requests.filter(({ query }) => !isWatch(query)).map(({ method, path }) => `${method} ${path}`);
  const writes = () => calls().filter((call) => !call.startsWith("GET") && !call.includes("/events"));

  /** One of each: with pods, claims, services and an update on top. */
  async function workload(namespace: string, image: string): Promise<void> {
    const service = { selector: { app: "web" }, ports: [{ port: 80 }] };
    await stage.apply(
      deployment({ namespace, name: "web", replicas: 3 }),
      statefulSet({
        namespace,
        name: "db",
        spec: { podManagementPolicy: "Parallel", volumeClaimTemplates: [claimTemplate("data")] },
      }),
      { apiVersion: "v1", kind: "Service", metadata: { namespace, name: "web" }, spec: service },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { namespace, name: "web" },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
      },
    );
    await stage.kubectl("-n", namespace, "set", "image", "deployment/web", `c=${image}`);
  }

  async function settled(namespace: string, image: string): Promise<void> {
    await until(
      "everything is as wanted",
      async () => {
        const pods = (await stage.client.list(kinds.Pod, { namespace })).items;
        const ready = pods.filter(
          ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === "Running",
        );
        const web = ready.filter(
          ({ metadata, spec }) => metadata.labels?.["app"] === "web" && spec?.containers[0]?.image === image,
        );
        const db = ready.filter(({ metadata }) => metadata.labels?.["app"] === "db");
        const slices = (
          await stage.client.list(kinds.EndpointSlice, {
            namespace,
            labelSelector: { "kubernetes.io/service-name": "web" },
          })
        ).items;
        const endpoints = slices.flatMap((slice) => slice.endpoints ?? []).filter((each) => each.conditions?.ready);
        const status = (await stage.client.get(kinds.Deployment, { namespace, name: "web" }))?.status;
        return (
          pods.length === 5 &&
          web.length === 3 &&
          db.length === 2 &&
          endpoints.length === 3 &&
          slices.length === 1 &&
          status?.availableReplicas === 3
        );
      },
      { timeoutMs: 40_000 },
    );
    assert.equal(
      (await stage.client.list(kinds.ReplicaSet, { namespace })).items.filter((set) => (set.spec?.replicas ?? 0) > 0)
        .length,
      1,
    );
    assert.equal((await stage.client.list(kinds.PersistentVolumeClaim, { namespace })).items.length, 2);
    const volumes = (await stage.client.list(kinds.PersistentVolume)).items.filter(
      ({ spec }) => spec?.claimRef?.namespace === namespace,
    );
    assert.equal(volumes.length, 2);
  }

  test("a settled system makes no calls", async () => {
    const namespace = await stage.namespace("quiet");
    await workload(namespace, "two");
    await settled(namespace, "two");
    await stage.apply(job({ namespace, name: "work" }));
    await stage.kubectl("-n", namespace, "wait", "job/work", "--for=condition=complete", "--timeout=20s");
    await delay(1_500);
    const before = calls().length;
    await delay(LISTEN_MS);
    assert.deepEqual(calls().slice(before), []);
  });

  test("killed after any write, they go on where they were and make nothing twice", async () => {
    const namespace = await stage.namespace("whole");
    const start = writes().length;
    await workload(namespace, "two");
    await settled(namespace, "two");
    const total = writes().length - start;
    await stage.kubectl("delete", "namespace", namespace, "--timeout=30s");
    assert.ok(total > 20, `only ${total} writes`);
    // Every fifth write, each in a namespace of its own: the flow has more writes than a test has time.
    let kills = 0;
    for (let k = 1; k <= Math.min(total, 40); k += 5) {
      const name = await stage.namespace(`kill-${k}`);
      let count = 0;
      const killed = Promise.withResolvers<"killed">();
      stage.transport.fault = ({ method, path }) => {
        if (method === "GET" || path.includes("/events") || !path.includes(name)) return undefined;
        if (++count < k) return undefined;
        killed.resolve("killed");
        // The write may have happened: its answer never arrives, nor does any later call.
        return count === k ? { type: "loseAnswer" } : { type: "refuse" };
      };
      await workload(name, "two");
      const settling = settled(name, "two");
      // Writes come together now and then: a flow may be through before its last ones.
      const end = await Promise.race([killed.promise, settling.then(() => "settled" as const)]);
      if (end === "killed") {
        kills++;
        await stage.crash();
        await stage.start();
        await settling;
      } else assert.ok(count < k, `write ${k} was made and nobody was killed`);
      await stage.kubectl("delete", "namespace", name, "--wait=false");
    }
    assert.ok(kills >= 4, `only ${kills} kills in ${total} writes`);
  });

  test("with watches that break and a tenth of all calls refused, they get there", async () => {
    const namespace = await stage.namespace("storm");
    let turn = 0;
    stage.transport.fault = () => {
      turn++;
      if (turn % 10 === 0) return { type: "answer", status: 500 };
      return turn % 13 === 0 ? { type: "loseAnswer" } : undefined;
    };
    let broken = 0;
    const breaking = setInterval(() => {
      stage.transport.breakStreams();
      broken++;
    }, 700);
    try {
      await workload(namespace, "two");
      await until("the storm has passed over them a few times", async () => broken >= 5 && turn >= 50);
    } finally {
      clearInterval(breaking);
      stage.transport.fault = () => undefined;
    }
    await settled(namespace, "two");
  });
});
