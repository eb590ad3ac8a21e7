import assert from "node:assert/strict";
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

type Entry = readonly [name: string, type: "file" | "folder" | "symlink" | "hardlink", content?: string];
const TYPE = { file: "0", hardlink: "1", symlink: "2", folder: "5" } as const;

/** A tar as nobody's tool would write it. */
function layer(...entries: readonly Entry[]): string {
  const blocks = entries.flatMap(([name, type, content = ""]) => {
    const data = Buffer.from(type === "file" ? content : "");
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write("0000755\0", 100);
    header.write("0000000\0", 108);
    header.write("0000000\0", 116);
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
