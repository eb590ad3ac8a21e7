import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runCommand } from "../network/command.ts";
import { CHECKOUT } from "./index.ts";
import { debianMirror, inheritedOptions, packageSources } from "./mirror.ts";
import { loadRecipes, type Recipe, recipeDigest } from "./recipe.ts";
import { registryOf, unpackLayout } from "./registry.ts";
import { ImageStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-images-"));
after(() => rmSync(folder, { recursive: true }));

test("the mirror is the machine's main Debian archive", () => {
  const lines = [
    "DEP-11|http://a/debian/|Debian",
    "Packages|http://sec/debian-security/|Debian-Security",
    "Packages|http://a/debian/|Debian",
  ];
  assert.equal(debianMirror(lines.join("\n")), "http://a/debian/");
  assert.equal(
    debianMirror("Packages|http://b/debian/|"),
    "http://b/debian/",
    "before the first update there is no label",
  );
  assert.equal(debianMirror("Packages|http://b/ubuntu/|Ubuntu"), undefined);
  assert.deepEqual(
    inheritedOptions(
      'APT::Architecture "amd64";\nAcquire::http::Proxy "http://p:3128";\nAcquire::Check-Valid-Until "false";',
    ),
    ['Acquire::http::Proxy "http://p:3128"', 'Acquire::Check-Valid-Until "false"'],
  );
});

test("images have the security updates that the machine has", () => {
  const lines = "Packages|http://a/debian/|Debian\nPackages|http://sec/debian-security/|Debian-Security";
  const security = debianMirror(lines, "Debian-Security");
  assert.equal(security, "http://sec/debian-security/");
  assert.equal(debianMirror("Packages|http://sec/debian-security|", "Debian-Security"), "http://sec/debian-security");
  const mirror = "http://a/debian/";
  assert.deepEqual(packageSources("trixie", { mirror, security }), [
    "deb http://a/debian/ trixie main",
    "deb http://sec/debian-security/ trixie-security main",
  ]);
  assert.deepEqual(packageSources("sid", { mirror, security }), [mirror], "it has its fixes in itself");
  assert.deepEqual(packageSources("trixie", { mirror, security: undefined }), [mirror]);
  assert.deepEqual(packageSources("trixie", { mirror: undefined, security }), [], "mmdebstrap's own have them");
});

test("our recipes: both PostgreSQL versions, with their own packages", () => {
  const recipes = loadRecipes(join(CHECKOUT, "images"));
  const pg = recipes.get("keelson/postgresql:17");
  assert.ok(pg?.packages.includes("postgresql-17-pgaudit"));
  assert.equal(pg?.config.user, "26:26");
  assert.match(pg?.config.env["PATH"] ?? "", /^\/usr\/pgsql-17\/bin:/);
  assert.notEqual(
    recipeDigest(pg as Recipe, CHECKOUT),
    recipeDigest(recipes.get("keelson/postgresql:18") as Recipe, CHECKOUT),
  );
});

test("registries", () => {
  assert.deepEqual(["a", "a/b:1", "h.example/a", "h:5000/a", "localhost/a"].map(registryOf), [
    "docker.io",
    "docker.io",
    "h.example",
    "h:5000",
    "localhost",
  ]);
});

test("an OCI layout is unpacked layer by layer, with what later layers take away", async () => {
  const layout = join(folder, "oci");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const put = (data: Buffer | string): { digest: string; size: number } => {
    const hex = createHash("sha256").update(data).digest("hex");
    writeFileSync(join(layout, "blobs/sha256", hex), data);
    return { digest: `sha256:${hex}`, size: data.length };
  };
  const layer = async (files: Record<string, string>): Promise<{ digest: string }> => {
    const root = mkdtempSync(join(folder, "layer-"));
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    await runCommand(["tar", "-czf", `${root}.tar`, "-C", root, "."]);
    return put(readFileSync(`${root}.tar`));
  };
  const layers = [
    await layer({ "etc/a": "1", "etc/b": "1", "var/x/deep": "1" }),
    await layer({ "etc/.wh.a": "", "etc/b": "2", "var/x/.wh..wh..opq": "", "var/x/new": "2" }),
  ];
  const config = put(
    JSON.stringify({ config: { User: "26", Env: ["PATH=/bin", "X=a=b"], Cmd: ["sh"], Entrypoint: null } }),
  );
  writeFileSync(join(layout, "index.json"), JSON.stringify({ manifests: [put(JSON.stringify({ config, layers }))] }));

  const root = join(folder, "root");
  const image = await unpackLayout(layout, root);
  assert.deepEqual(image, {
    id: config.digest,
    config: { user: "26", env: { PATH: "/bin", X: "a=b" }, entrypoint: [], command: ["sh"] },
  });
  assert.equal(existsSync(join(root, "etc/a")), false);
  assert.equal(readFileSync(join(root, "etc/b"), "utf8"), "2");
  assert.deepEqual([existsSync(join(root, "var/x/deep")), existsSync(join(root, "var/x/new"))], [false, true]);
  assert.equal(existsSync(join(root, "etc/.wh.a")), false);
});

test("an image is made once, however many ask, and a half-made one is never seen", async () => {
  const checkout = join(folder, "checkout");
  mkdirSync(join(checkout, "code"), { recursive: true });
  writeFileSync(join(checkout, "code/main.ts"), "1");
  const recipe: Recipe = {
    ...(loadRecipes(join(CHECKOUT, "images")).get("keelson/agent:dev") as Recipe),
    reference: "test:1",
    files: { "/code": "code" },
    programs: [],
  };
  const open = (files = recipe.files) =>
    new ImageStore({
      folder: join(folder, "store"),
      checkout,
      recipes: new Map([["test:1", { ...recipe, files }]]),
      aliases: [{ match: "other:*", image: "test:1" }],
      registries: "never",
      enterHostNetwork: [],
      onProgress: () => {},
    });
  const [a, b] = [open(), open()];
  assert.equal(await a.find("test:1"), undefined);
  const all = await Promise.all([a.ensure("test:1"), a.ensure("other:9"), b.ensure("test:1")]);
  assert.equal(new Set(all.map(({ image }) => image.rootfs)).size, 1);
  assert.deepEqual(
    all.map(({ standsIn }) => standsIn),
    [false, true, false],
  );
  assert.equal(readFileSync(join(all[0].image.rootfs, "code/main.ts"), "utf8"), "1");
  assert.equal((await b.list()).length, 1);
  assert.equal(statSync(join(folder, "store")).mode & 0o777, 0o700, "other users of the machine see no image");

  await assert.rejects(open({ "/code": "missing" }).ensure("test:1"), /ENOENT/);
  assert.equal((await b.list()).length, 1);
  await assert.rejects(a.ensure("unknown:1"), /no image for unknown:1: registries are switched off, and neither/);

  writeFileSync(join(checkout, "code/main.ts"), "2");
  const changed = await open().ensure("test:1");
  assert.notEqual(changed.image.id, all[0].image.id);
  assert.equal(readFileSync(join(changed.image.rootfs, "code/main.ts"), "utf8"), "2");
  assert.equal((await b.list()).length, 1, "the image of the code before is gone");
});
