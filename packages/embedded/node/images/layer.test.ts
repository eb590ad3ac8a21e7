import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { applyLayer, LayerError, parseListing, whiteout } from "./layer.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-layers-"));
after(() => rmSync(folder, { recursive: true }));

/** Plays the part of the machine's /etc. */
let outside = "";
let root = "";

beforeEach(() => {
  const place = mkdtempSync(join(folder, "case-"));
  [outside, root] = [join(place, "etc"), join(place, "root")];
  mkdirSync(join(outside, "cron.d"), { recursive: true });
  mkdirSync(root);
  writeFileSync(join(outside, "passwd"), "the machine's");
});

interface Metadata {
  readonly mode?: number;
  readonly owner?: number;
}
type Entry = readonly [
  name: string,
  type: "file" | "folder" | "symlink" | "hardlink" | "pax",
  content?: string,
  metadata?: Metadata,
];
const TYPE = { file: "0", hardlink: "1", symlink: "2", folder: "5", pax: "x" } as const;

/** A tar as nobody's tool would write it. */
function layer(...entries: readonly Entry[]): string {
  const blocks = entries.flatMap(([name, type, content = "", { mode = 0o755, owner = 0 } = {}]) => {
    const octal = (value: number): string => `${value.toString(8).padStart(7, "0")}\0`;
    const data = Buffer.from(type === "file" || type === "pax" ? content : "", "latin1");
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write(octal(mode), 100);
    header.write(octal(owner), 108);
    header.write(octal(owner), 116);
    header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write(`        ${TYPE[type]}`, 148);
    if (type === "symlink" || type === "hardlink") header.write(content, 157, 100);
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  const file = join(mkdtempSync(join(folder, "layer-")), "layer");
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
  return file;
}

async function apply(...layers: readonly (readonly Entry[])[]): Promise<void> {
  for (const entries of layers) await applyLayer(layer(...entries), root);
}

/** The layers are refused, and what is outside is as it was. */
async function refused(...layers: readonly (readonly Entry[])[]): Promise<void> {
  await assert.rejects(apply(...layers), LayerError);
  assert.deepEqual(readdirSync(outside).sort(), ["cron.d", "passwd"]);
  assert.deepEqual(readdirSync(join(outside, "cron.d")), []);
  assert.equal(readFileSync(join(outside, "passwd"), "utf8"), "the machine's");
  assert.equal(existsSync(root), true);
}

test("a link to the outside that an earlier layer left is not gone through", async () => {
  const link: Entry = ["x", "symlink", outside];
  await refused([link], [["x/cron.d/evil", "file", "* * * * *"]]);
  await refused([], [["x/.wh.passwd", "file"]]);
  await refused([], [["x/.wh..wh..opq", "file"]]);
  await refused([], [["x/new", "folder"]]);
  await refused([], [["stolen", "hardlink", "x/passwd"]]);
  await refused([["y", "symlink", "x"]], [["y/evil", "file"]]);
  await refused([["up", "symlink", "../etc"]], [["up/evil", "file"]]);
  await refused([["ring", "symlink", "ring"]], [["ring/evil", "file"]]);
});

test("nor one of the same layer, in whichever order and by whichever name", async () => {
  const link: Entry = ["x", "symlink", outside];
  await refused([link, ["x/evil", "file"]]);
  await refused([["x/evil", "file"], link]);
  await refused([link, ["x", "folder"], ["x/evil", "file"]]);
  await refused(
    [link],
    [
      ["z", "hardlink", "x"],
      ["z/evil", "file"],
    ],
  );
});

test("names do not lead out by themselves", async () => {
  await refused([["../etc/evil", "file"]]);
  await refused([["a/../../etc/evil", "file"]]);
  // tar itself takes such a name for one inside, in its list as in its work.
  await assert.rejects(apply([["stolen", "hardlink", "../etc/passwd"]]), /Cannot hard link/);
  await refused([["../.wh.etc", "file"]]);
  await refused([[".wh...", "file"]]);
  await refused([["a/.wh..", "file"]]);
  await apply([["/absolute", "file", "1"]]);
  assert.equal(readFileSync(join(root, "absolute"), "utf8"), "1");
});

test("links stay what they are: written over, taken away, followed inside", async () => {
  await apply(
    [
      ["x", "symlink", outside],
      ["p", "symlink", join(outside, "passwd")],
      ["usr/lib", "folder"],
      ["usr/lib/old", "file", "1"],
      ["lib", "symlink", "usr/lib"],
      ["gone", "symlink", outside],
    ],
    [
      ["x", "folder"],
      ["x/.wh..wh..opq", "file"],
      ["x/f", "file", "2"],
      ["p", "file", "2"],
      ["lib/new", "file", "2"],
      ["lib/.wh.old", "file"],
      [".wh.gone", "file"],
    ],
  );
  assert.deepEqual(readdirSync(root).sort(), ["lib", "p", "usr", "x"]);
  assert.deepEqual(readdirSync(join(root, "usr/lib")), ["new"]);
  assert.ok(lstatSync(join(root, "lib")).isSymbolicLink());
  assert.ok(lstatSync(join(root, "x")).isDirectory());
  assert.equal(readFileSync(join(root, "p"), "utf8"), "2");
  assert.deepEqual(readdirSync(outside).sort(), ["cron.d", "passwd"]);
  assert.equal(readFileSync(join(outside, "passwd"), "utf8"), "the machine's");
});

test("a later layer changes the mode and the owner of a folder, and what is in it stays", async () => {
  await apply(
    [
      ["data", "folder"],
      ["data/kept", "file", "1"],
    ],
    [["data", "folder", "", { mode: 0o2750, owner: 1001 }]],
  );
  const { mode, uid } = lstatSync(join(root, "data"));
  assert.equal(mode & 0o7777, 0o2750);
  if (process.getuid?.() === 0) assert.equal(uid, 1001);
  assert.equal(readFileSync(join(root, "data/kept"), "utf8"), "1");
});

test("what a layer says of a folder reaches neither through a link to the outside nor past one inside", async () => {
  const before = lstatSync(outside).mode;
  await apply([["x", "symlink", outside]], [["x", "folder", "", { mode: 0o777 }]]);
  assert.ok(lstatSync(join(root, "x")).isDirectory());
  assert.equal(lstatSync(outside).mode, before);

  await apply(
    [
      ["usr/lib/sub", "folder"],
      ["lib", "symlink", "usr/lib"],
    ],
    [["lib/sub", "folder", "", { mode: 0o700 }]],
  );
  assert.ok(lstatSync(join(root, "lib")).isSymbolicLink());
  assert.equal(lstatSync(join(root, "usr/lib/sub")).mode & 0o777, 0o700);
});

test("file capabilities survive, and attributes that overlayfs obeys do not", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root may set file capabilities");
  // vfs_ns_cap_data of linux/capability.h, revision 2: cap_net_bind_service, effective.
  const capability = `\x01\0\0\x02\0\x04\0\0${"\0".repeat(12)}`;
  const record = (name: string, value: string): string => {
    const rest = ` SCHILY.xattr.${name}=${value}\n`;
    const length = [2, 3].map((digits) => rest.length + digits).find((sum) => String(sum).length + rest.length === sum);
    return `${length}${rest}`;
  };
  const attributes = record("security.capability", capability) + record("trusted.overlay.opaque", "y");
  await apply([
    ["pax", "pax", attributes],
    ["server", "file", "1"],
  ]);
  const { stdout } = spawnSync("tar", ["-cf", "-", "--xattrs", "--xattrs-include=*", "-C", root, "server"], {
    encoding: "latin1",
  });
  assert.ok(stdout.includes(`SCHILY.xattr.security.capability=${capability}`));
  assert.ok(!stdout.includes("trusted.overlay"));
});

test("listings and whiteouts are read", () => {
  const listing = [
    'drwxr-xr-x 0/0               0 2026-01-01 00:00 "./"',
    'lrwxrwxrwx 0/0               0 2026-01-01 00:00 "./a -> b" -> "/etc"',
    'hrw-r--r-- 0/0               0 2026-01-01 00:00 "q\\"\\303\\244\\n" link to "./h"',
    'crw-r--r-- 0/0             1,3 2026-01-01 00:00 "dev//null"',
  ];
  assert.deepEqual(parseListing(`${listing.join("\n")}\n`), [
    { path: "", kind: "folder" },
    { path: "a -> b", kind: "symlink" },
    { path: 'q"\xc3\xa4\n', kind: "hardlink", source: "h" },
    { path: "dev/null", kind: "other" },
  ]);
  assert.throws(() => parseListing("what is this"), /unknown entry/);
  assert.deepEqual(whiteout("etc/.wh.old"), { folder: "etc", name: "old" });
  assert.deepEqual(whiteout("var/.wh..wh..opq"), { folder: "var", name: undefined });
  assert.equal(whiteout("etc/new"), undefined);
});
