/** Controllers, server-side apply without needless writes, leader election and events, against API servers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import {
  applyIfChanged,
  Cache,
  Client,
  type ConfigMap,
  Controller,
  EventRecorder,
  keyOf,
  kinds,
  LeaderElection,
  own,
  ownedBy,
  parseKey,
  silentLogger,
  TransientError,
} from "@keelson/kube";
import { apiServerMissing, startApiServer, type TestApiServer, until } from "@keelson/kube/testing";

const namespace = "runtime-test";

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    let client: Client;
    before(async () => {
      server = await startApiServer({ real });
      client = server.client;
      await server.namespace(namespace);
    });
    after(() => server.stop());

    test("a controller makes what is wanted, repairs drift, and then writes nothing", async () => {
      const stop = new AbortController();
      const cache = new Cache({ client, namespace });
      const parents = cache.informer(kinds.ConfigMap, { labelSelector: { role: "parent" } });
      const children = cache.informer(kinds.ConfigMap, { labelSelector: { role: "child" } });
      let writes = 0;
      const stopCounting = client.onWrite(() => writes++);
      const controller = new Controller({
        name: "copies",
        logger: silentLogger,
        workers: 3,
        sources: [own(parents), ownedBy(children, kinds.ConfigMap)],
        reconcile: async (key, signal) => {
          const parent = parents.get(key);
          if (parent === undefined) return;
          const wanted: ConfigMap = {
            metadata: {
              namespace,
              name: `${parent.metadata.name}-copy`,
              labels: { role: "child" },
              ownerReferences: [
                {
                  apiVersion: "v1",
                  kind: "ConfigMap",
                  name: parent.metadata.name,
                  uid: parent.metadata.uid,
                  controller: true,
                },
              ],
            },
            data: { ...parent.data },
          };
          await applyIfChanged(client, kinds.ConfigMap, wanted, { live: children.get(keyOf(wanted)), signal });
        },
      });
      cache.start(stop.signal);
      const running = controller.run(stop.signal);
      const ref = (i: number) => ({ namespace, name: `p${i}-copy` });
      for (let i = 0; i < 5; i++) {
        await client.create(kinds.ConfigMap, {
          metadata: { namespace, name: `p${i}`, labels: { role: "parent" } },
          data: { n: String(i) },
        });
      }
      await until("all copies are there", () => children.size === 5);
      await client.patch(kinds.ConfigMap, ref(2), { type: "merge", body: { data: { n: "drifted" } } });
      await until(
        "the drift is repaired",
        async () => (await client.get(kinds.ConfigMap, ref(2)))?.data?.["n"] === "2",
      );
      await client.delete(kinds.ConfigMap, ref(3));
      await until("the deleted copy is made again", () => children.get(ref(3)) !== undefined);
      const settled = () => controller.queue.size === 0 && controller.queue.processing === 0;
      await until("the queue is empty", settled);
      writes = 0;
      for (const key of parents.keys()) controller.enqueue(key);
      await until("all ran again", settled);
      assert.equal(writes, 0, "a settled system writes nothing");
      stop.abort();
      await running;
      stopCounting();
    });

    test("errors: transient ones come again; one key never runs twice at a time", async () => {
      const stop = new AbortController();
      const runs: Record<string, number> = {};
      const active = new Set<string>();
      const classes: string[] = [];
      const controller = new Controller({
        name: "failing",
        logger: silentLogger,
        workers: 4,
        sources: [],
        backoff: { baseMs: 1, maxMs: 5 },
        onFailure: (_key, _error, treatment) => void classes.push(treatment.class),
        reconcile: async (key) => {
          assert.ok(!active.has(key));
          active.add(key);
          await client.get(kinds.Namespace, { name: namespace });
          active.delete(key);
          runs[key] = (runs[key] ?? 0) + 1;
          if (key === "transient" && runs[key] < 4) throw new TransientError("Busy", "busy");
        },
      });
      const running = controller.run(stop.signal);
      for (let i = 0; i < 20; i++) for (const key of ["a", "b", "transient"]) controller.enqueue(key);
      await until("the transient one came through", () => runs["transient"] === 4);
      await until(
        "all is quiet",
        () => controller.queue.size + controller.queue.processing + controller.queue.delayed === 0,
      );
      assert.equal(controller.queue.failures("transient"), 0);
      assert.ok((runs["a"] ?? 0) <= 2, "only additions that came during its run led to another");
      assert.equal(classes.filter((name) => name === "transient").length, 3);
      stop.abort();
      await running;
    });

    test("applyIfChanged: built-in kinds with the server's defaults and own forms settle", async () => {
      const labels = { app: "a" };
      const object = {
        metadata: { namespace, name: "settled" },
        spec: {
          replicas: 0,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              hostNetwork: false,
              securityContext: {},
              containers: [
                { name: "a", image: "a", args: [], resources: { limits: { cpu: "1000m", memory: "1024Mi" } } },
              ],
            },
          },
        },
      };
      const first = await applyIfChanged(client, kinds.Deployment, object, { live: undefined });
      assert.equal(first.changed, true);
      const live = await client.get(kinds.Deployment, { namespace, name: "settled" });
      const second = await applyIfChanged(client, kinds.Deployment, object, { live });
      assert.equal(second.changed, false);
      const third = await applyIfChanged(
        client,
        kinds.Deployment,
        { ...object, spec: { ...object.spec, paused: true } },
        { live },
      );
      assert.equal(third.changed, true);
      assert.equal(third.object.spec?.paused, true);
    });

    test("one leader among several; the next one takes over when it goes", async () => {
      const options = {
        client,
        namespace,
        name: "election",
        logger: silentLogger,
        leaseDurationMs: 1_500,
        renewDeadlineMs: 1_000,
        retryPeriodMs: 50,
      };
      const candidates = ["a", "b", "c"].map((identity) => {
        const stop = new AbortController();
        const election = new LeaderElection({ ...options, identity });
        const done = election.run(stop.signal, async (signal) => {
          if (!signal.aborted) await once(signal, "abort");
        });
        return { election, stop, done };
      });
      const leaders = () => candidates.filter(({ election }) => election.leading);
      try {
        for (let terms = 0; terms < candidates.length; terms++) {
          const leader = await until("there is a leader", () => leaders()[0]);
          assert.equal(leaders().length, 1);
          leader.stop.abort();
          await leader.done;
          assert.equal(leader.election.leading, false);
        }
        const lease = await client.get(kinds.Lease, { namespace, name: "election" });
        assert.equal(lease?.spec?.holderIdentity, "");
      } finally {
        for (const { stop } of candidates) stop.abort();
        await Promise.all(candidates.map(({ done }) => done));
      }
    });

    test("a leader that cannot renew stops before another may begin", async () => {
      const own = await Client.load({ kubeconfig: server.kubeconfig });
      const name = "lost";
      const logger = silentLogger;
      const stop = new AbortController();
      const election = new LeaderElection({
        client: own,
        namespace,
        name,
        logger,
        leaseDurationMs: 900,
        renewDeadlineMs: 600,
        retryPeriodMs: 50,
      });
      let endedAt = 0;
      const done = election.run(stop.signal, async (signal) => {
        await once(signal, "abort");
        endedAt = performance.now();
      });
      await until("it leads", () => election.leading);
      // Somebody takes the Lease by force: the next renewal meets a conflict.
      const lease = await client.get(kinds.Lease, { namespace, name });
      assert.ok(lease?.spec);
      await client.replace(kinds.Lease, {
        ...lease,
        spec: { ...lease.spec, holderIdentity: "usurper", leaseDurationSeconds: 60 },
      });
      await until("it steps down", () => endedAt > 0, { timeoutMs: 3_000 });
      assert.equal(election.leading, false);
      stop.abort();
      await done;
      await own.close();
    });

    test("events: said once, counted afterwards, found by the object they are about", async () => {
      const about = await client.create(kinds.ConfigMap, { metadata: { namespace, name: "subject" } });
      const recorder = new EventRecorder({ client, component: "keelson-test" });
      for (let i = 0; i < 5; i++)
        recorder.record(about, { type: "Warning", reason: "InvalidSpec", message: "spec.x must be y" });
      recorder.record(about, { type: "Normal", reason: "Created", message: "made" });
      await recorder.flush();
      const fieldSelector = `involvedObject.name=subject,involvedObject.uid=${about.metadata.uid}`;
      const { items } = await client.list(kinds.Event, { namespace, fieldSelector });
      assert.deepEqual(items.map(({ reason, type }) => `${type} ${reason}`).sort(), [
        "Normal Created",
        "Warning InvalidSpec",
      ]);
      assert.equal(items.find(({ reason }) => reason === "InvalidSpec")?.count, 5);
    });

    test("keys and references", () => {
      for (const key of ["ns/name", "name"]) assert.equal(keyOf(parseKey(key)), key);
    });
  });
}
