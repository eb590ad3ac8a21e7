/** Pods on a real node: what runs, what it sees, how it ends. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { kinds } from "@keelson/kube";
import { cgroupVersion } from "./runtime/cgroups.ts";
import { eventually, isReady, main, STAY, shellPod, TestCluster } from "./testing/cluster.ts";

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start();
});
after(() => cluster[Symbol.asyncDispose]());

test("a pod sees its volumes, variables, names and limits, and what it may not do fails", async () => {
  await cluster.client.create(kinds.ConfigMap, {
    metadata: { name: "cm", namespace: "default" },
    data: { "app.conf": "one" },
  });
  await cluster.client.create(kinds.Secret, {
    metadata: { name: "sec", namespace: "default" },
    stringData: { key: "k3y" },
  });
  await cluster.create(
    shellPod(
      "full",
      STAY,
      {
        env: [
          { name: "KEY", valueFrom: { secretKeyRef: { name: "sec", key: "key" } } },
          { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        ],
        resources: { limits: { memory: "64Mi", cpu: "500m" } },
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          seccompProfile: { type: "RuntimeDefault" },
        },
        volumeMounts: [
          { name: "data", mountPath: "/data" },
          { name: "memory", mountPath: "/memory" },
          { name: "all", mountPath: "/all" },
          { name: "cm", mountPath: "/one.conf", subPath: "app.conf" },
        ],
      },
      {
        hostname: "db-0",
        subdomain: "db",
        securityContext: { runAsUser: 26, runAsGroup: 26, fsGroup: 27, runAsNonRoot: true },
        initContainers: [
          {
            name: "prepare",
            image: "keelson/busybox:1",
            command: ["sh", "-c", "echo from-init > /data/init"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [
          { name: "data", emptyDir: {} },
          { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
          { name: "cm", configMap: { name: "cm" } },
          {
            name: "all",
            projected: {
              sources: [
                { configMap: { name: "cm" } },
                { secret: { name: "sec" } },
                { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
              ],
            },
          },
        ],
      },
    ),
  );
  const pod = await cluster.pod("full", isReady);
  const sh = (script: string): Promise<string> => cluster.sh("full", script);
  assert.equal(
    await sh("cat /data/init; cat /all/app.conf /all/key /one.conf; cat /all/labels"),
    'from-init\nonek3yoneapp="full"',
  );
  assert.equal(
    await sh("echo $KEY $IP $(hostname) $KUBERNETES_SERVICE_HOST $HOME"),
    `k3y ${pod.status?.podIP} db-0 10.96.0.1 /`,
  );
  assert.equal(await sh("id -u; id -g; id -G"), "26\n26\n26 27");
  assert.equal(
    await sh(
      "stat -c %g /data; grep -c db-0.db.default.svc.cluster.local /etc/hosts; ls /var/run/secrets/kubernetes.io/serviceaccount",
    ),
    "27\n1\nca.crt\nnamespace\ntoken",
  );
  assert.equal(await sh("touch /x 2>&1 || true"), "touch: /x: Read-only file system");
  assert.match(await sh("dd if=/dev/zero of=/memory/x bs=1k count=2000 2>&1 || true"), /No space left/);
  assert.match(
    await sh("grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status"),
    /CapEff:\s+0+\nNoNewPrivs:\s+1\nSeccomp:\s+2/,
  );
  assert.match(pod.status?.containerStatuses?.[0]?.imageID ?? "", /^keelson\/busybox:1@sha256:/);

  await cluster.client.patch(
    kinds.ConfigMap,
    { namespace: "default", name: "cm" },
    { type: "merge", body: { data: { "app.conf": "two" } } },
  );
  await eventually("the volume follows the ConfigMap", async () =>
    (await sh("cat /all/app.conf")) === "two" ? true : undefined,
  );
  assert.equal(await sh("cat /one.conf"), "one", "a subPath stays as it was, as in Kubernetes");
  assert.equal(/\/subpaths\//.test(readFileSync("/proc/self/mountinfo", "utf8")), false, "no mount of it is left");
});

test("a container that fails is restarted with growing delays; its end can be read", async () => {
  await cluster.create(shellPod("crash", "echo said; echo last > /dev/termination-log; exit 7"));
  const pod = await cluster.pod("crash", (each) => main(each)?.state?.waiting?.reason === "CrashLoopBackOff");
  const end = main(pod)?.lastState?.terminated;
  assert.deepEqual([end?.exitCode, end?.reason, end?.message], [7, "Error", "last\n"]);
  assert.ok((main(pod)?.restartCount ?? 0) >= 1, "the first restart is immediate");
  const logs = await cluster.client.logs({ namespace: "default", name: "crash" }, { previous: true });
  assert.equal((await logs.toArray()).join(""), "said\n");
  const events = await cluster.client.list(kinds.Event, {
    namespace: "default",
    fieldSelector: "involvedObject.name=crash",
  });
  for (const reason of ["Pulled", "Created", "Started", "BackOff"])
    assert.ok(
      events.items.some((event) => event.reason === reason),
      reason,
    );
});

test("too much memory is told as OOMKilled", async () => {
  await cluster.create(
    shellPod(
      "oom",
      "head -c 200m /dev/zero | tail",
      { resources: { limits: { memory: "32Mi" } } },
      { restartPolicy: "Never" },
    ),
  );
  const pod = await cluster.pod("oom", (each) => each.status?.phase === "Failed");
  assert.equal(main(pod)?.state?.terminated?.reason, "OOMKilled");
  assert.equal(main(pod)?.state?.terminated?.exitCode, 137);
});

test("pods together outweigh the parts beside them where each of those is a cgroup's equal", {
  skip: cgroupVersion() === 2 && "version 2 has a cgroup around them",
}, () => {
  const shares = readFileSync(join("/sys/fs/cgroup/cpu", basename(cluster.layout.run), "cpu.shares"), "utf8");
  assert.equal(Number(shares), 4096 * cpus().length);
});

test("a job's pod succeeds and holds no address any more", async () => {
  await cluster.create(shellPod("job", "echo done", {}, { restartPolicy: "OnFailure" }));
  const pod = await cluster.pod("job", (each) => each.status?.phase === "Succeeded");
  assert.equal(pod.status?.conditions?.find(({ type }) => type === "Ready")?.reason, "PodCompleted");
});

test("what cannot be started says why: image, command, Secret", async () => {
  await cluster.create(shellPod("image", STAY, { image: "nosuch.invalid/image:1" }));
  await cluster.create(shellPod("command", "", { command: ["/no/such"] }));
  await cluster.create(
    shellPod("secret", STAY, { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "late", key: "k" } } }] }),
  );
  const waiting = (name: string, reason: string) =>
    cluster.pod(name, (each) => main(each)?.state?.waiting?.reason === reason);
  await waiting("image", "ImagePullBackOff");
  const failed = await waiting("command", "CrashLoopBackOff");
  assert.match(main(failed)?.lastState?.terminated?.message ?? "", /no such file or directory/);
  assert.match(
    main(await waiting("secret", "CreateContainerConfigError"))?.state?.waiting?.message ?? "",
    /secret "late" not found/,
  );
  await cluster.client.create(kinds.Secret, {
    metadata: { name: "late", namespace: "default" },
    stringData: { k: "v" },
  });
  await cluster.pod("secret", isReady);
});

test("probes: not ready until the probe says so, ended when it does not live", async () => {
  const file = (path: string) => ({ exec: { command: ["test", "-e", path] }, periodSeconds: 1 });
  await cluster.create(
    shellPod("probed", `touch /tmp/alive; ${STAY}`, {
      readinessProbe: file("/tmp/ready"),
      livenessProbe: { ...file("/tmp/alive"), failureThreshold: 2 },
    }),
  );
  const pod = await cluster.pod("probed", (each) => each.status?.phase === "Running");
  assert.equal(isReady(pod), false);
  await cluster.sh("probed", "touch /tmp/ready");
  await cluster.pod("probed", isReady, 3000);
  await cluster.sh("probed", "rm /tmp/ready");
  await cluster.pod("probed", (each) => !isReady(each), 8000);
  await cluster.sh("probed", "rm /tmp/alive");
  const again = await cluster.pod(
    "probed",
    (each) => (main(each)?.restartCount ?? 0) === 1 && each.status?.phase === "Running",
  );
  assert.equal(main(again)?.lastState?.terminated?.exitCode, 0);
});

test("an orderly end: preStop, then SIGTERM, sidecars last", async () => {
  const sidecar = {
    name: "side",
    image: "keelson/busybox:1",
    restartPolicy: "Always",
    command: ["sh", "-c", "trap 'date +%s%N > /out/side; exit 0' TERM; while :; do sleep 1000 & wait $!; done"],
    volumeMounts: [{ name: "out", mountPath: "/out" }],
  };
  await cluster.create(
    shellPod(
      "order",
      "trap 'date +%s%N > /out/main; sleep 0.5; exit 0' TERM; while :; do sleep 1000 & wait $!; done",
      {
        lifecycle: {
          preStop: { exec: { command: ["sh", "-c", "date +%s%N > /out/hook; sleep 0.2"] } },
          postStart: { exec: { command: ["touch", "/out/started"] } },
        },
        volumeMounts: [{ name: "out", mountPath: "/out" }],
      },
      {
        initContainers: [sidecar],
        volumes: [{ name: "out", hostPath: { path: `${cluster.layout.data}/out`, type: "DirectoryOrCreate" } }],
      },
    ),
  );
  await cluster.pod("order", isReady);
  await cluster.client.delete(kinds.Pod, { namespace: "default", name: "order" });
  await cluster.gone("order");
  const { readFileSync } = await import("node:fs");
  const times = ["hook", "main", "side"].map((name) =>
    Number(readFileSync(`${cluster.layout.data}/out/${name}`, "utf8")),
  );
  assert.deepEqual(
    times.toSorted((a, b) => a - b),
    times,
  );
  assert.equal(readFileSync(`${cluster.layout.data}/out/started`, "utf8"), "");
});

test("a container that does not listen is killed when its time is over", async () => {
  await cluster.create(
    shellPod("deaf", "trap '' TERM; while :; do sleep 1; done", {}, { terminationGracePeriodSeconds: 3 }),
  );
  await cluster.pod("deaf", isReady);
  const began = performance.now();
  await cluster.client.delete(kinds.Pod, { namespace: "default", name: "deaf" });
  await cluster.gone("deaf");
  const took = performance.now() - began;
  assert.ok(took > 2500 && took < 8000, `${took} ms`);
});

test("from creation to ready in a fraction of a second", async (t) => {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    await cluster.create(shellPod(`quick-${round}`, STAY));
    await cluster.pod(`quick-${round}`, isReady);
    times.push(performance.now() - began);
  }
  const busy = (loadavg()[0] ?? 0) > 1.5 * cpus().length;
  t.diagnostic(`${times.map(Math.round)} ms${busy ? ", beside much other work" : ""}`);
  // Whether it is the 300 ms that it should be, is for `bench/pod-start.ts` to say.
  assert.ok(Math.min(...times) < (busy ? 3000 : 1000), `${times.map(Math.round)} ms`);
});

test("containers that share a process namespace see each other, and end with the pod", async () => {
  const other = { name: "other", image: "keelson/busybox:1", command: ["sh", "-c", STAY] };
  const pod = shellPod("shared", "exec sleep 1000", {}, { shareProcessNamespace: true });
  await cluster.create({ ...pod, spec: { ...pod.spec, containers: [...(pod.spec?.containers ?? []), other] } });
  await cluster.pod("shared", isReady);
  const seen = await cluster.sh("shared", "ps -o args", "other");
  assert.match(seen, /sleep 86400/, "the namespace's first process");
  assert.match(seen, /sleep 1000/);
  await cluster.client.delete(kinds.Pod, { namespace: "default", name: "shared" });
  await cluster.gone("shared");
});

test("a container whose watcher was killed is not believed to run for ever", async () => {
  await cluster.create(shellPod("watched", STAY));
  const { metadata } = await cluster.pod("watched", isReady);
  const watchers = execFileSync("pgrep", ["-f", `conmon .*default_watched_main`], { encoding: "utf8" })
    .trim()
    .split("\n");
  for (const pid of watchers) process.kill(Number(pid), "SIGKILL");
  await cluster.client.exec({
    namespace: "default",
    pod: "watched",
    container: "main",
    command: ["kill", "-TERM", "1"],
  });
  const pod = await cluster.pod("watched", (each) => main(each)?.restartCount === 1 && isReady(each), 40_000);
  assert.equal(main(pod)?.lastState?.terminated?.reason, "ContainerStatusUnknown");
  assert.equal(pod.metadata.uid, metadata.uid);
});
