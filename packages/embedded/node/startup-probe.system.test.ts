/** A container that takes its time to start, on a real node. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { kinds } from "@keelson/kube";
import { eventually, isReady, main, STAY, shellPod, TestCluster } from "./testing/cluster.ts";

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start();
});
after(() => cluster[Symbol.asyncDispose]());

/** A probe that notes each of its looks, and fails until the container is up. */
const probe = (name: string, failureThreshold: number) => ({
  exec: { command: ["sh", "-c", `echo ${name} >> /tmp/looks; test -e /tmp/up`] },
  periodSeconds: 1,
  failureThreshold,
});

test("the other probes begin when the startup probe has succeeded, and it is not asked again", async () => {
  const probes = {
    startupProbe: probe("startup", 60),
    livenessProbe: probe("liveness", 1),
    readinessProbe: probe("readiness", 1),
  };
  await cluster.create(shellPod("slow", STAY, probes));
  await cluster.pod("slow", (pod) => main(pod)?.state?.running !== undefined);
  const looks = async (): Promise<string[]> => (await cluster.sh("slow", "cat /tmp/looks || true")).split("\n");
  await eventually("five looks", async () => ((await looks()).length >= 5 ? true : undefined));
  assert.deepEqual(new Set(await looks()), new Set(["startup"]));
  const starting = await cluster.pod("slow", () => true);
  assert.deepEqual([main(starting)?.started, main(starting)?.ready, isReady(starting)], [false, false, false]);

  await cluster.sh("slow", "touch /tmp/up");
  const up = await cluster.pod("slow", isReady);
  assert.deepEqual([main(up)?.started, main(up)?.restartCount], [true, 0]);
  await eventually("liveness is looked at", async () => ((await looks()).includes("liveness") ? true : undefined));
  const seen = await looks();
  assert.ok(seen.includes("readiness"), seen.join());
  assert.ok(seen.lastIndexOf("startup") < seen.findIndex((look) => look !== "startup"), seen.join());
});

test("a container that does not start in time is started again", async () => {
  const probes = { startupProbe: probe("startup", 2), livenessProbe: probe("liveness", 1) };
  await cluster.create(shellPod("stuck", STAY, probes));
  const pod = await cluster.pod("stuck", (each) => (main(each)?.restartCount ?? 0) > 0);
  assert.equal(main(pod)?.started, false);
  assert.notEqual(main(pod)?.lastState?.terminated, undefined);
  await eventually("the event", async () => {
    const { items } = await cluster.client.list(kinds.Event, { namespace: "default" });
    return items.find(({ message }) => message === "Container main failed startup probe, will be restarted");
  });
});
