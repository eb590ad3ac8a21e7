import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Informer, Live, Pod } from "@keelson/kube";
import { mountPoints } from "../mount-points.ts";
import { runCommand } from "../network/command.ts";
import { testContainer, testPod } from "../testing/fixtures.ts";
import type { PodContext } from "./context.ts";
import { PodManager } from "./manager.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-manager-"));
after(() => rmSync(folder, { recursive: true }));
const mayMount = await runCommand(["unshare", "--mount", "true"]).then(
  () => true,
  () => false,
);

test("a disk that takes nothing ends no node: it is logged, and the pod says why it waits", async () => {
  // Below a file nothing can be written, as on a full disk.
  writeFileSync(join(folder, "full"), "");
  const logged: string[] = [];
  const log = (_: unknown, message: string): void => void logged.push(message);
  const recorded = Promise.withResolvers<string>();
  const context = {
    log: { debug: log, info: log, warn: log, error: log },
    folders: () => ({ disk: join(folder, "full/disk"), memory: join(folder, "full/memory") }),
    runtime: { list: async () => [] },
    hostIP: "10.95.1.1",
    record: (_: unknown, { reason, message }: { reason: string; message: string }) =>
      recorded.resolve(`${reason}: ${message}`),
    writeStatus: async () => true,
  } as unknown as PodContext;
  const pod = testPod({ containers: [testContainer("main")] }) as Live<Pod>;
  const pods = { list: () => [], subscribe: (tell: (change: unknown) => void) => tell({ type: "added", object: pod }) };
  const manager = new PodManager({
    context,
    pods: pods as unknown as Informer<Pod>,
    folder: join(folder, "pods"),
    onForget: () => {},
  });
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  await manager.start();
  assert.match(await recorded.promise, /^FailedCreatePodSandBox: ENOTDIR/);
  await new Promise((resolve) => setImmediate(resolve));
  manager.freeze();
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
  assert.ok(logged.includes("pod could not be written"), logged.join(", "));
});

test("of a pod that nobody knows any more nothing is left, mounted or not", { skip: !mayMount }, async () => {
  const folders = (uid: string) => ({ disk: join(folder, "pods", uid), memory: join(folder, "run", uid) });
  const { disk, memory } = folders("cut-off");
  const volume = join(memory, "volumes/scratch");
  for (const path of [disk, volume]) mkdirSync(path, { recursive: true });
  await runCommand(["mount", "-t", "tmpfs", "tmpfs", volume]);
  const context = { log: { info: () => {} }, folders, runtime: { list: async () => [] } } as unknown as PodContext;
  const pods = { list: () => [], subscribe: () => {} } as unknown as Informer<Pod>;
  await new PodManager({ context, pods, folder: join(folder, "pods"), onForget: () => {} }).start();
  assert.deepEqual([mountPoints(folder), existsSync(memory), existsSync(disk)], [[], false, false]);
});
