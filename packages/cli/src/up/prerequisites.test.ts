import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { layoutOf } from "@keelson/embedded/cluster";
import { chosenSettings, refuseOtherSettings } from "./chosen-settings.ts";
import {
  checkFolder,
  checkPorts,
  checkRoom,
  checkWritable,
  ensureFolders,
  needOfStart,
  offersOverlay,
  settingsFiles,
} from "./prerequisites.ts";
import { missingPackages } from "./system-packages.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keelson-up-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("only packages of programs and files that are not there are installed", () => {
  assert.deepEqual(
    missingPackages(() => true),
    [],
  );
  assert.deepEqual(
    missingPackages((path) => !path.endsWith("/runc") && !path.endsWith("/nft") && !path.endsWith(".gpg")),
    ["debian-archive-keyring", "nftables", "runc"],
  );
});

test("the module for overlay file systems is loaded where the kernel has it and nothing has used it yet", () => {
  const without = "nodev\tproc\n\text4\n";
  const withOverlay = `${without}nodev\toverlay\n`;
  let now = without;
  const load = (): void => {
    now = withOverlay;
  };
  assert.equal(
    offersOverlay(
      () => now,
      () => {},
    ),
    false,
  );
  assert.equal(
    offersOverlay(() => now, load),
    true,
  );
  const never = (): void => assert.fail("it is there");
  assert.equal(
    offersOverlay(() => withOverlay, never),
    true,
  );
});

test("settings of an earlier start hold until they are changed, and nodes with volumes are not dropped", () => {
  const earlier = { nodes: 3, apiPort: 6443, portalPort: 9090 };
  assert.deepEqual(chosenSettings({}, earlier), earlier);
  assert.deepEqual(chosenSettings({ nodes: 4, images: "/x" }, earlier), { ...earlier, nodes: 4, images: "/x" });
  assert.throws(() => chosenSettings({ nodes: 1 }, earlier), /--nodes 1 is fewer than the 3/);
});

test("one port for two purposes is refused, also when one of them was chosen earlier", () => {
  assert.throws(() => chosenSettings({ apiPort: 8080 }, undefined), /cannot both have port 8080/);
  assert.throws(
    () => chosenSettings({ apiPort: 9090 }, { nodes: 1, apiPort: 6443, portalPort: 9090 }),
    /--api-port and --portal-port/,
  );
});

test("other options than those of the cluster that runs are refused, with what starts it with them", () => {
  const layout = layoutOf("/srv/k");
  const running = { nodes: 1, apiPort: 6443, portalPort: 9090 };
  refuseOtherSettings({}, running, layout);
  refuseOtherSettings({ nodes: 1, portalPort: 9090, images: "/srv/k/images" }, running, layout);
  assert.throws(() => refuseOtherSettings({ nodes: 3, apiPort: 6443, images: "/x" }, running, layout), {
    message:
      "it runs already, with --nodes 1 --images /srv/k/images, and takes other options at a start only: run './keelson down --data /srv/k', then './keelson up --nodes 3 --images /x --data /srv/k'.",
  });
  assert.throws(() => refuseOtherSettings({ nodes: 1 }, { ...running, nodes: 3 }, layout), /fewer than the 3/);
});

test("a folder that overlay mounts cannot take, or that is somebody else's, is refused", (t) => {
  const folder = scratch(t);
  const data = { option: "--data", ours: settingsFiles };
  assert.throws(() => checkFolder("/srv/a:b", data), /--data \/srv\/a:b has a ':' in it/);
  assert.throws(() => checkFolder("/srv/a,b", data), /has a ',' in it/);
  assert.throws(() => checkFolder('/srv/a"b', data), /has a '"' in it/);
  checkFolder(join(folder, "new"), data);
  checkFolder(folder, data);
  mkdirSync(join(folder, "photos"));
  assert.throws(() => checkFolder(folder, data), /was not made by Keelson/);
  writeFileSync(join(folder, "settings.json"), "{}");
  checkFolder(folder, data);
});

test("a folder on a read-only disk is refused, with the option that chooses another", (t) => {
  const folder = scratch(t);
  const asked: string[] = [];
  const readOnly = (path: string): void => {
    asked.push(path);
    throw new Error("EROFS: read-only file system");
  };
  assert.throws(
    () => checkWritable(join(folder, "new/one"), "--data", readOnly),
    (error: Error) =>
      error.message.includes(`${folder}/new/one cannot be written (EROFS`) && /--data\.$/.test(error.message),
  );
  assert.deepEqual(asked, [folder]);
  checkWritable(join(folder, "new/one"), "--data");
});

test("a folder whose first settings were cut in the middle is ours", (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, "settings.json.new"), "");
  checkFolder(folder, { option: "--data", ours: settingsFiles });
});

test("a cluster that is there comes back on a nearly full disk, and is not sent to another folder", (t) => {
  const folder = scratch(t);
  const check = (mebibytes: number): void => checkRoom(folder, mebibytes * 1024 ** 2, needOfStart(folder));
  check(512);
  assert.throws(() => check(511), /only 511 MiB are free .* needs 512 MiB: .* --data\.$/);
  writeFileSync(join(folder, "settings.json"), "{}");
  check(32);
  assert.throws(() => check(31), /only 31 MiB are free .* needs 32 MiB: remove other files .*\/logs/);
  assert.throws(
    () => check(31),
    (error: Error) => !error.message.includes("--data"),
  );
});

test("folders that were there already are closed to others too", (t) => {
  const folder = scratch(t);
  const [data, images] = [join(folder, "data"), join(folder, "images")];
  for (const path of [data, images]) mkdirSync(path, { mode: 0o755 });
  ensureFolders(data, images);
  assert.deepEqual(
    [data, images].map((path) => statSync(path).mode & 0o777),
    [0o700, 0o700],
  );
});

test("a port that is taken is told from one that cannot be listened on", async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : 0;
  const ports = { nodes: 1, apiPort: taken, portalPort: taken };
  await assert.rejects(checkPorts(ports), /is taken by another program: .* --api-port/);
});
