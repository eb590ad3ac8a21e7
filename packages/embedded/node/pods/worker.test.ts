import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeSecret, Pod, Volume } from "@keelson/kube";
import { ended, testContainer, testPod, testState } from "../testing/fixtures.ts";
import { DEADLINE_EXCEEDED } from "./active-deadline.ts";
import { endContainer } from "./adopt.ts";
import { podPaths } from "./container-config.ts";
import type { PodContext } from "./context.ts";
import type { PodState } from "./state.ts";
import { PodWorker } from "./worker.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-worker-"));
after(() => rmSync(folder, { recursive: true }));

/** A worker on a node without a runtime: namespaces are there already, Secrets are what `secrets` holds, and no image ever comes. */
function stage(spec: Partial<NonNullable<Pod["spec"]>>, state: Partial<PodState>) {
  const place = mkdtempSync(join(folder, "case-"));
  const folders = { disk: join(place, "disk"), memory: join(place, "memory") };
  for (const path of [folders.disk, podPaths.namespaces(folders)]) mkdirSync(path, { recursive: true });
  writeFileSync(join(podPaths.namespaces(folders), "uts"), "");
  const secrets = new Map<string, string>();
  const events: string[] = [];
  const asked: string[] = [];
  const phases: (string | undefined)[] = [];
  const never = (reference: string, { signal }: { signal: AbortSignal }): Promise<never> => {
    asked.push(reference);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const note = (): void => {};
  const context = {
    log: {
      debug: note,
      info: note,
      warn: note,
      error: (fields: unknown) => events.push(`error ${JSON.stringify(fields)}`),
    },
    folders: () => folders,
    hostIP: "10.95.1.1",
    cgroupParent: "/keelson-no-such-cgroup",
    runtime: { exit: () => undefined, remove: async () => {}, execContext: () => undefined },
    images: { find: async () => undefined, ensure: never },
    sources: {
      secret: async (_: string, name: string): Promise<KubeSecret | undefined> => {
        const text = secrets.get(name);
        return text === undefined ? undefined : ({ data: { text: btoa(text) } } as unknown as KubeSecret);
      },
      image: async (reference: string, signal: AbortSignal) => never(reference, { signal }),
    },
    record: (_: unknown, { type, reason, message }: { type: string; reason: string; message: string }) =>
      events.push(`${type} ${reason}: ${message}`),
    writeStatus: async (_: unknown, status: Pod["status"]) => {
      phases.push(status?.phase);
      return true;
    },
    removePod: async () => void asked.push("removed"),
  } as unknown as PodContext;
  const pod = testPod({ hostNetwork: true, ...spec });
  const sandbox = { ip: "10.95.1.1", veth: undefined, createdAt: "2026-01-02T03:00:00Z" };
  const worker = new PodWorker(context, pod, { ...testState(), sandbox, ...structuredClone(state) });
  const shown = (volume: string): string | undefined => {
    const path = join(podPaths.volumes(folders).memory, volume, "text");
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const end = (name: string): void => {
    const container = worker.state.containers[name];
    if (container !== undefined) endContainer(container, ended(0));
    worker.wake();
  };
  return { worker, secrets, events, asked, phases, shown, end, stateFile: podPaths.state(folders) };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 500, `not within 5 s: ${what}`);
    await delay(10);
  }
}

const running = testState({ main: { phase: "running", id: "c-1", started: true, ready: true } });
const twoSecrets = {
  volumes: ["first", "second"].map((name) => ({ name, secret: { secretName: name } })),
};

test("a volume whose Secret is gone keeps no other from its new content, is told of once, and comes back by itself", async (t) => {
  const { worker, secrets, events, shown } = stage(twoSecrets, running);
  for (const name of ["first", "second"]) secrets.set(name, "old");
  t.after(() => worker.freeze());
  worker.resume();
  await until("both are there", () => shown("second") === "old");
  secrets.delete("first");
  secrets.set("second", "new");
  worker.refreshSoon();
  await until("the later one is fresh", () => shown("second") === "new");
  assert.equal(shown("first"), "old", "what was there stays");
  secrets.set("second", "newer");
  worker.refreshSoon();
  await until("and again", () => shown("second") === "newer");
  assert.deepEqual(events, [
    'Warning FailedMount: MountVolume.SetUp failed for volume "first" : secret "first" not found',
  ]);
  secrets.set("first", "back");
  await until("nobody had to say that it is back", () => shown("first") === "back");
});

test("what changes while the volumes are made is in them soon", async (t) => {
  const { worker, secrets, shown } = stage({ volumes: twoSecrets.volumes.slice(0, 1) }, running);
  t.after(() => worker.freeze());
  t.mock.method(secrets, "get").mock.mockImplementationOnce(() => {
    secrets.set("first", "new");
    worker.refreshSoon();
    return "old";
  });
  worker.resume();
  await until("it is fresh", () => shown("first") === "new");
});

test("containers that an earlier process left running get fresh volumes, also when one of them cannot be made at first", async (t) => {
  const { worker, secrets, events, shown } = stage(twoSecrets, running);
  secrets.set("second", "fresh");
  t.after(() => worker.freeze());
  worker.resume();
  await until("the other one is fresh", () => shown("second") === "fresh");
  assert.match(events[0] ?? "", /^Warning FailedMount: .* "first" : secret "first" not found$/);
  secrets.set("first", "there");
  await until("it is tried again", () => shown("first") === "there");
});

test("a pod that asks for what the node does not have is not run without it", async (t) => {
  const { worker, events, asked } = stage({ hostPID: true } as Partial<NonNullable<Pod["spec"]>>, {});
  t.after(() => worker.freeze());
  delete worker.state.sandbox;
  worker.resume();
  await until("it is said", () => events.length > 0);
  assert.equal(events[0], "Warning FailedCreatePodSandBox: spec.hostPID: true is not supported by the embedded node");
  assert.deepEqual([asked, worker.state.containers["main"]?.phase], [[], "new"]);
});

test("one that an earlier node runs without it is kept up as it is", async (t) => {
  const spec = { ...twoSecrets, hostPID: true } as Partial<NonNullable<Pod["spec"]>>;
  const { worker, secrets, shown } = stage(spec, running);
  for (const name of ["first", "second"]) secrets.set(name, "fresh");
  t.after(() => worker.freeze());
  worker.resume();
  await until("its volumes are fresh", () => shown("second") === "fresh");
});

test("a pod that has ended by itself is left alone, also when its volumes could not be made", async (t) => {
  const { worker, events, phases, end } = stage({ ...twoSecrets, restartPolicy: "Never" }, running);
  t.after(() => worker.freeze());
  worker.resume();
  await until("a Secret is missed", () => events.length > 0);
  end("main");
  await until("everything is given back", () => worker.state.sandbox === undefined && phases.at(-1) === "Succeeded");
  const wake = t.mock.method(worker, "wake");
  // Longer than the first delay between tries.
  await delay(700);
  assert.ok(wake.mock.callCount() < 5, `it was woken ${wake.mock.callCount()} times`);
});

test("a pod whose main containers have ended starts no sidecar whose image comes later", async (t) => {
  const { worker, asked, phases, end } = stage(
    { initContainers: [testContainer("side", { image: "side", restartPolicy: "Always" })], restartPolicy: "Never" },
    testState({ side: { phase: "exited", terminated: ended(1) }, ...running.containers }, { side: "sidecar" }),
  );
  t.after(() => worker.freeze());
  worker.resume();
  await until("the sidecar's image is asked for", () => asked.length > 0);
  end("main");
  await until("everything is given back", () => worker.state.sandbox === undefined);
  assert.deepEqual([asked, worker.state.containers["side"]?.phase, phases.at(-1)], [["side"], "exited", "Succeeded"]);
});

test("a pod whose time was over before the node came back is not prepared again", async (t) => {
  const { worker, events, phases, end } = stage(twoSecrets, { ...running, ended: DEADLINE_EXCEEDED });
  t.after(() => worker.freeze());
  worker.resume();
  await until("it is said", () => phases.at(-1) === "Failed");
  end("main");
  await until("everything is given back", () => worker.state.sandbox === undefined);
  assert.deepEqual(events, []);
});

test("a pod gives back what it held once when the node ends, and one that is over already keeps no node", async (t) => {
  for (const containers of [{}, { main: { phase: "exited", terminated: ended(0) } }] as const) {
    const { worker, phases, stateFile } = stage({ restartPolicy: "Never" }, testState(containers));
    t.after(() => worker.freeze());
    worker.resume();
    await until("it is said", () => phases.length > 0);
    worker.stop({ graceMs: 30_000, why: "node" });
    await worker.done;
    rmSync(stateFile);
    await delay(100);
    assert.equal(existsSync(stateFile), false, "nothing is written any more");
  }
});

const imageVolume = { name: "tools", image: { reference: "tools:1" } } as Volume;
for (const [what, volumes] of [
  ["its container's image", []],
  ["the image of a volume", [imageVolume]],
] as const)
  test(`a pod that is deleted does not wait for ${what}`, { timeout: 10_000 }, async () => {
    const { worker, events, asked } = stage({ volumes: [...volumes] }, {});
    worker.resume();
    await until("the image is asked for", () => asked.length > 0);
    worker.stop({ graceMs: 30_000, why: "deleted" });
    await worker.done;
    assert.equal(asked.at(-1), "removed");
    assert.deepEqual(
      events.filter((event) => !event.includes("Pulling image")),
      [],
    );
    assert.equal(worker.state.containers["main"]?.phase, "new");
  });
