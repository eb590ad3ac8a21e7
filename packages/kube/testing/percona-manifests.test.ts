import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { perconaManifests } from "./percona-manifests.ts";

test("Percona's manifests are looked for where the environment says, and their absence is explained", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-percona-"));
  const before = process.env["KEELSON_PERCONA_MANIFESTS"];
  t.after(() => {
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env["KEELSON_PERCONA_MANIFESTS"];
    else process.env["KEELSON_PERCONA_MANIFESTS"] = before;
  });
  process.env["KEELSON_PERCONA_MANIFESTS"] = folder;
  assert.match(perconaManifests("postgresql").missing ?? "", /KEELSON_PERCONA_MANIFESTS/);
  mkdirSync(join(folder, "postgresql"));
  writeFileSync(join(folder, "postgresql/crd.yaml"), "");
  assert.deepEqual(perconaManifests("postgresql"), { folder: join(folder, "postgresql"), missing: undefined });
});
