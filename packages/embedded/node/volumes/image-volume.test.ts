import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import type { Volume } from "@keelson/kube";
import { removeGivenUp, removeUnused } from "../images/removal.ts";
import { runCommand } from "../network/command.ts";
import { testPod } from "../testing/fixtures.ts";
import { removeVolumes, setUpVolumes, type VolumeSources } from "./volumes.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-image-volume-"));
after(() => rmSync(folder, { recursive: true }));
const mayMount = await runCommand(["unshare", "--mount", "true"]).then(
  () => true,
  () => false,
);
const options = mayMount ? {} : { skip: "only root may mount" };

const pod = testPod({ containers: [], volumes: [{ name: "tools", image: { reference: "tools:1" } } as Volume] });
const addresses = { podIP: "", hostIP: "" };
let images = "";
let folders = { disk: "", memory: "" };

beforeEach(() => {
  const place = mkdtempSync(join(folder, "case-"));
  images = join(place, "images");
  folders = { disk: join(place, "disk"), memory: join(place, "memory") };
  for (const path of ["tmp", "store/tools-1/rootfs", "store/tools-0/rootfs"])
    mkdirSync(join(images, path), { recursive: true });
  writeFileSync(join(images, "store/tools-1/rootfs/tool"), "a tool");
});

const setUp = (image: () => Promise<string>): ReturnType<typeof setUpVolumes> =>
  setUpVolumes({ pod, folders, sources: { image } as unknown as VolumeSources, addresses });

test("an image that is a pod's volume stays until the pod is gone", options, async () => {
  const rootfs = join(images, "store/tools-1/rootfs");
  const { path = "", readOnly } = (await setUp(async () => rootfs)).get("tools") ?? {};
  try {
    assert.equal(readOnly, true);
    assert.throws(() => writeFileSync(join(path, "new"), ""), /EROFS/);
    for (const name of ["tools-0", "tools-1"]) await removeUnused(images, name);
    assert.ok(!existsSync(join(images, "store/tools-0")), "nobody uses it");
    assert.equal(readFileSync(join(rootfs, "tool"), "utf8"), "a tool");
    assert.equal((await setUp(async () => "another one by now")).get("tools")?.path, path, "a pod keeps its image");
  } finally {
    await removeVolumes(folders);
  }
  assert.equal(readFileSync(join(rootfs, "tool"), "utf8"), "a tool");
  assert.ok(!existsSync(folders.memory));
  await removeUnused(images, "tools-1");
  assert.ok(!existsSync(rootfs));
});

test("an image that is given up while it is mounted is no volume", options, async () => {
  const [present, given] = [join(images, "store/tools-1"), join(images, "tmp/tools-1.removed")];
  const taken = setUp(async () => {
    renameSync(present, given);
    return join(present, "rootfs");
  });
  await assert.rejects(taken, /MountVolume.SetUp failed for volume "tools"/);
  await removeVolumes(folders);
  await removeGivenUp(images);
  assert.ok(!existsSync(given), "what an earlier life had begun to remove");
});
