/** The node's process dies, is ended and comes back: what runs goes on, what ended is known, what is stopped starts again. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { kinds, type Live, type Pod } from "@keelson/kube";
import { cleanUpLeftovers } from "./index.ts";
import { eventually, isReady, main, STAY, shellPod, TestCluster } from "./testing/cluster.ts";

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start();
});
after(() => cluster[Symbol.asyncDispose]());

const at = (path: string): string => `${cluster.layout.data}/${path}`;
const withOut = (folder: string) => ({
  volumes: [{ name: "out", hostPath: { path: at(folder), type: "DirectoryOrCreate" } }],
});
const mountOut = { volumeMounts: [{ name: "out", mountPath: "/out" }] };

test("kill -9 of the node: pods run on, an end meanwhile is known, probes do not misfire, a deletion meanwhile is carried out", async () => {
  const probe = { exec: { command: ["test", "-e", "/tmp/ok"] }, periodSeconds: 1, failureThreshold: 1 };
  await cluster.create(shellPod("stays", `touch /tmp/ok; ${STAY}`, { readinessProbe: probe, livenessProbe: probe }));
  await cluster.create(
    shellPod("ends", "while [ ! -e /out/go ]; do sleep 0.1; done; echo bye > /dev/termination-log; exit 42", mountOut, {
      ...withOut("ends"),
      restartPolicy: "Never",
    }),
  );
  await cluster.create(shellPod("goes", STAY));
  const before = await cluster.pod("stays", isReady);
  const { containerID = "" } = main(await cluster.pod("ends", isReady)) ?? {};
  await cluster.pod("goes", isReady);

  await cluster.end("node-1", "SIGKILL");
  execFileSync("touch", [at("ends/go")]);
  await cluster.client.delete(kinds.Pod, { namespace: "default", name: "goes" });
  const exit = `${cluster.layout.run}/node-1/runtime/exits/${containerID.replace("keelson://", "")}`;
  await eventually("the container has ended", () => existsSync(exit) || undefined);
  await cluster.startNode(1);

  const ended = await cluster.pod("ends", (each) => each.status?.phase === "Failed");
  const { exitCode, message } = main(ended)?.state?.terminated ?? {};
  assert.deepEqual([exitCode, message], [42, "bye\n"]);
  await cluster.gone("goes");
  const now = await cluster.pod("stays", isReady);
  assert.equal(main(now)?.restartCount, 0);
  assert.equal(main(now)?.containerID, main(before)?.containerID);
  const readiness = (pod: Live<Pod>) =>
    pod.status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
  assert.equal(readiness(now), readiness(before), "it was ready all the time");
  assert.equal(await cluster.sh("stays", "echo still here"), "still here");
});

test("SIGTERM ends the pods in an orderly way; with the node they start again, with their data", async () => {
  await cluster.create(
    shellPod(
      "data",
      "echo start >> /out/log; trap 'echo end >> /out/log; exit 0' TERM; while :; do sleep 1000 & wait $!; done",
      mountOut,
      withOut("data"),
    ),
  );
  await cluster.pod("data", isReady);
  await cluster.end("node-1", "SIGTERM");
  assert.equal(readFileSync(at("data/log"), "utf8"), "start\nend\n");
  const down = await cluster.pod("data", () => true);
  assert.equal(main(down)?.state?.terminated?.exitCode, 0);
  assert.equal(isReady(down), false);
  await cluster.startNode(1);
  const up = await cluster.pod("data", (pod) => isReady(pod) && main(pod)?.restartCount === 1);
  assert.equal(up.metadata.uid, down.metadata.uid);
  assert.equal(readFileSync(at("data/log"), "utf8"), "start\nend\nstart\n");
});

test("SIGTERM ends all pods side by side, whatever their priority", async () => {
  const slow = "trap 'sleep 2; exit 0' TERM; while :; do sleep 1000 & wait $!; done";
  const classes = [{}, { priorityClassName: "system-cluster-critical" }, { priorityClassName: "system-node-critical" }];
  for (const [index, spec] of classes.entries()) {
    await cluster.create(shellPod(`slow-${index}`, slow, {}, spec));
    await cluster.pod(`slow-${index}`, isReady);
  }
  const began = performance.now();
  await cluster.end("node-1", "SIGTERM");
  const took = performance.now() - began;
  for (const index of classes.keys()) {
    const { exitCode } = main(await cluster.pod(`slow-${index}`, () => true))?.state?.terminated ?? {};
    assert.equal(exitCode, 0);
    await cluster.client.delete(kinds.Pod, { namespace: "default", name: `slow-${index}` });
  }
  assert.ok(took < 4000, `${took} ms`);
  await cluster.startNode(1);
  for (const index of classes.keys()) await cluster.gone(`slow-${index}`);
});

test("after a power cut nothing is left in the way, and the pods come back", async () => {
  await cluster.create(
    shellPod(
      "power",
      STAY,
      {},
      {
        initContainers: [
          { name: "init", image: "keelson/busybox:1", command: ["sh", "-c", "echo init >> /out/log"], ...mountOut },
        ],
        ...withOut("power"),
      },
    ),
  );
  const before = await cluster.pod("power", isReady);
  await cluster.end("node-1", "SIGKILL");
  const { run } = cluster.layout;
  // What a reboot does: all processes, mounts and /run are gone, and the boot has another name.
  await cluster.end("apiserver", "SIGKILL");
  await cluster.end("controllers", "SIGKILL");
  await cleanUpLeftovers(run);
  assert.equal(existsSync(run), false);
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  assert.equal(mounts.includes(`${run}/`), false, "no mount is left");
  for (const folder of execFileSync(
    "find",
    ["/sys/fs/cgroup", "-maxdepth", "2", "-name", `keelson-${cluster.layout.id}`],
    { encoding: "utf8" },
  ).split("\n")) {
    assert.equal(folder, "", "no cgroup is left");
  }
  await cluster.restartAll();
  const isAnother = (pod: Live<Pod>): boolean => main(pod)?.containerID !== main(before)?.containerID;
  const again = await cluster.pod("power", (pod) => isReady(pod) && isAnother(pod));
  assert.equal(again.metadata.uid, before.metadata.uid);
  await eventually("init containers ran again", () =>
    readFileSync(at("power/log"), "utf8") === "init\ninit\n" ? true : undefined,
  );
});
