import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
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
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../network/command.ts";
import { ImageStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-pull-"));
after(() => rmSync(folder, { recursive: true }));

/**
 * Simulates skopeo and a registry: `manifests/NAME` is what a reference's last part means, `by-digest/HEX` an OCI layout, `failure`
 * what is said instead of an answer, and with `stall` nothing is ever copied. `calls` notes what was asked.
 */
const SKOPEO = `
cd "$0.d"; shift; echo "$*" >> calls
if [ -e failure ]; then echo "time=x level=fatal msg=\\"$(cat failure)\\"" >&2; exit 1; fi
case "$1" in --*) shift;; esac
if [ "$1" = inspect ]; then
  ref=\${3##*/}; case "$ref" in *@sha256:*) cat by-digest/\${ref##*:}/manifest;; *) cat "manifests/$ref";; esac
else
  if [ -e stall ]; then echo $$ > pid.new; mv pid.new pid; exec sleep 600; fi
  hex=\${3##*:}; out=\${4#oci:}; cp -r by-digest/$hex/layout "\${out%:image}"
fi
`;

let place = "";
let store: ImageStore;

beforeEach(() => {
  place = mkdtempSync(join(folder, "case-"));
  writeFileSync(join(place, "skopeo"), SKOPEO);
  for (const name of ["manifests", "by-digest"]) mkdirSync(join(place, "skopeo.d", name), { recursive: true });
  store = open();
});

const open = (onProgress: (reference: string, line: string) => void = () => {}): ImageStore =>
  new ImageStore({
    folder: join(place, "images"),
    checkout: place,
    recipes: new Map(),
    aliases: [],
    registries: "auto",
    enterHostNetwork: ["sh", join(place, "skopeo")],
    onProgress,
  });

/** Puts an image with one file into the registry; answers its digest. */
async function push(name: string, content: string): Promise<string> {
  const build = mkdtempSync(join(place, "build-"));
  const blobs = join(build, "layout/blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const put = (data: Buffer | string): { digest: string } => {
    const hex = createHash("sha256").update(data).digest("hex");
    writeFileSync(join(blobs, hex), data);
    return { digest: `sha256:${hex}` };
  };
  mkdirSync(join(build, "files"));
  writeFileSync(join(build, "files/content"), content);
  await runCommand(["tar", "-cf", join(build, "layer"), "-C", join(build, "files"), "."]);
  const manifest = JSON.stringify({ config: put("{}"), layers: [put(readFileSync(join(build, "layer")))] });
  writeFileSync(join(build, "layout/index.json"), JSON.stringify({ manifests: [put(manifest)] }));
  writeFileSync(join(build, "manifest"), manifest);
  const hex = createHash("sha256").update(manifest).digest("hex");
  await runCommand(["cp", "-r", build, join(place, "skopeo.d/by-digest", hex)]);
  writeFileSync(join(place, "skopeo.d/manifests", name), manifest);
  return `sha256:${hex}`;
}

const fail = (why: string | undefined): void =>
  why === undefined ? rmSync(join(place, "skopeo.d/failure")) : writeFileSync(join(place, "skopeo.d/failure"), why);
const calls = (): number => readFileSync(join(place, "skopeo.d/calls"), "utf8").split("\n").length - 1;
const content = async (reference: string, options = {}): Promise<string> =>
  readFileSync(join((await store.ensure(reference, options)).image.rootfs, "content"), "utf8");

test("two digests of one repository are two images", async () => {
  const [a, b] = [await push("app:1", "a"), await push("app:1", "b")];
  assert.equal(await content(`h.example/app@${a}`), "a");
  assert.equal(await content(`h.example/app:1@${b}`), "b");
  assert.equal(await content("h.example/app:1"), "b");
  assert.equal((await store.find(`h.example/app@${a}`))?.mayHaveChanged, false);
  assert.equal(await store.find("h.example/app"), undefined, "another tag");
});

test("a tag is asked for again only when that is wanted, and what it meant before is given up", async () => {
  await push("app:1", "a");
  assert.equal(await content("h.example/app:1"), "a");
  await push("app:1", "b");
  assert.equal(await content("h.example/app:1"), "a");
  assert.equal(await content("h.example/app:1", { again: true }), "b");
  assert.equal(await content("h.example/app:1"), "b");
  assert.equal((await store.list()).length, 1);
  const asked = calls();
  assert.equal((await store.ensure("h.example/app:1", { again: true })).fetched, false);
  assert.equal(calls(), asked + 1, "nothing new is not copied");
});

test("what a tag meant before is given up, also when nobody waits any more for what it means now", async () => {
  await push("app:1", "a");
  const { image } = await store.ensure("h.example/app:1");
  await push("app:1", "b");
  const leaving = new AbortController();
  const leave = (_: string, line: string): void =>
    line === "unpacking" ? leaving.abort(new Error("gone")) : undefined;
  const { signal } = leaving;
  await assert.rejects(open(leave).ensure("h.example/app:1", { again: true, signal }), /gone/);
  for (let tries = 0; existsSync(image.rootfs); tries++) {
    assert.ok(tries < 500, "not given up within 5 s");
    await delay(10);
  }
  assert.equal(await content("h.example/app:1"), "b");
});

test("a registry that cannot be reached is left alone, and what is here is used; one that says no is asked again", async () => {
  await push("app:1", "a");
  assert.equal(await content("h.example/app:1"), "a");
  fail("reading manifest 2 in h.example/app: manifest unknown");
  await assert.rejects(
    store.ensure("h.example/app:2"),
    /no image for h.example\/app:2: pull failed: .*manifest unknown/,
  );
  await assert.rejects(store.ensure("h.example/app:1", { again: true }), /manifest unknown/);
  fail(undefined);
  await push("app:2", "b");
  assert.equal(await content("h.example/app:2"), "b");

  fail("pinging container registry h.example: Get https://h.example/v2/: dial tcp: lookup h.example: no such host");
  await assert.rejects(store.ensure("h.example/app:3"), /no such host/);
  const asked = calls();
  await assert.rejects(store.ensure("h.example/app:3"), /its registry does not answer/);
  assert.equal(await content("h.example/app:1", { again: true }), "a");
  assert.equal(calls(), asked, "it was left alone");
});

test("an image is on the disk before it can be found: it is never made again", async (t) => {
  const tools = join(place, "tools");
  mkdirSync(tools);
  // What a power cut would leave is what is there now.
  writeFileSync(
    join(tools, "sync"),
    `#!/bin/sh\nfor last; do :; done; cat "$last/image.json" && ls ${place}/images/store > ${place}/seen\n`,
  );
  chmodSync(join(tools, "sync"), 0o755);
  const path = process.env["PATH"];
  t.after(() => {
    process.env["PATH"] = path;
  });
  process.env["PATH"] = `${tools}:${path}`;
  await push("app:1", "a");
  assert.equal(await content("h.example/app:1"), "a");
  assert.equal(readFileSync(join(place, "seen"), "utf8"), "");
});

test("a pull that nobody waits for any more is ended, and nothing is left of it", { timeout: 30_000 }, async () => {
  await push("app:1", "a");
  writeFileSync(join(place, "skopeo.d/stall"), "");
  const [first, second] = [new AbortController(), new AbortController()];
  const waits = [first, second].map(({ signal }) => store.ensure("h.example/app:1", { signal }));
  const seen = waits.map((wait) => wait.catch((error: Error) => error.message));
  while (!existsSync(join(place, "skopeo.d/pid"))) await delay(10);
  const pid = Number(readFileSync(join(place, "skopeo.d/pid"), "utf8"));
  first.abort(new Error("the first pod is gone"));
  assert.equal(await seen[0], "the first pod is gone");
  process.kill(pid, 0);
  second.abort(new Error("the second pod is gone"));
  assert.equal(await seen[1], "the second pod is gone");
  rmSync(join(place, "skopeo.d/stall"));
  assert.equal(await content("h.example/app:1"), "a", "the next one does not wait for it");
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
  assert.deepEqual(
    readdirSync(join(place, "images/tmp")).filter((name) => !name.endsWith(".lock")),
    [],
  );
});
