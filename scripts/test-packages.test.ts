import assert from "node:assert/strict";
import { test } from "node:test";
import { missingTestPackages } from "./test-packages.ts";

const debian = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n';
const ubuntu = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\n';

test("what the tests need is installed where it is not there, and a browser only where apt has one", () => {
  const nothing = (): boolean => false;
  const onDebian = missingTestPackages(debian, nothing);
  for (const name of ["chromium", "postgresql-client", "runc"]) assert.ok(onDebian.includes(name), name);
  assert.deepEqual(
    missingTestPackages(ubuntu, nothing),
    onDebian.filter((name) => name !== "chromium"),
  );
  assert.deepEqual(
    missingTestPackages(debian, () => true),
    [],
  );
  assert.deepEqual(
    missingTestPackages(debian, (path) => path !== "/usr/bin/chromium"),
    ["chromium"],
  );
});
