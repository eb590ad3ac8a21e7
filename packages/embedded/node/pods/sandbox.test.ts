import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Live, Pod } from "@keelson/kube";
import { mountPoints } from "../mount-points.ts";
import { runCommand } from "../network/command.ts";
import { createProcessNamespace, removeSandbox } from "../network/sandbox.ts";
import { testContainer, testPod } from "../testing/fixtures.ts";
import type { PodContext } from "./context.ts";
import { prepareSandbox, releaseSandbox } from "./sandbox.ts";
import type { PodState } from "./state.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-sandbox-"));
after(() => rmSync(folder, { recursive: true }));
const mayMount = await runCommand(["unshare", "--mount", "true"]).then(
  () => true,
  () => false,
);

test("however often a sandbox was begun, nothing of it stays mounted", { skip: !mayMount }, async () => {
  const folders = { disk: join(folder, "disk"), memory: join(folder, "memory") };
  const log = { debug: () => {} };
  const context = { log, hostIP: "10.95.1.1", folders: () => folders } as unknown as PodContext;
  const pod = testPod({ hostNetwork: true, containers: [testContainer("main")] }) as Live<Pod>;
  const state = { containers: {} } as unknown as PodState;
  // As after kill -9 between the mounts and the note of them.
  const { signal: ending } = new AbortController();
  const cutOff = (): Promise<void> => Promise.reject(new Error("cut off"));
  for (let life = 0; life < 3; life++) {
    delete state.sandbox;
    await assert.rejects(prepareSandbox(context, pod, state, { save: cutOff, ending }), /cut off/);
  }
  await releaseSandbox(context, pod, state);
  assert.deepEqual(mountPoints(folder), []);
});

test("the holder of a shared process namespace is in the pod's cgroup before it is anything else", {
  skip: !mayMount,
}, async () => {
  const namespaces = join(folder, "ns");
  mkdirSync(namespaces);
  // What stands in a cgroup's file is who has joined.
  const pid = await createProcessNamespace(namespaces, join(folder, "procs"));
  try {
    assert.equal(readFileSync(join(folder, "procs"), "utf8"), `${pid}\n`);
    assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), /^unshare\0/);
    assert.deepEqual(mountPoints(namespaces), [join(namespaces, "pid")]);
  } finally {
    process.kill(pid, "SIGKILL");
    await removeSandbox(namespaces, undefined);
  }
});
