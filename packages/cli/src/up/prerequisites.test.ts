import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../failure.ts";
import { checkSystem } from "./prerequisites.ts";
import { missingPackages } from "./system-packages.ts";
import { chosenSettings } from "./up.ts";

test("the systems that the embedded mode runs on are let through, others are named with what to use instead", () => {
  checkSystem('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n');
  checkSystem('ID=ubuntu\nVERSION_ID="24.04"\n');
  assert.throws(() => checkSystem('ID=fedora\nVERSION_ID=43\nPRETTY_NAME="Fedora 43"\n'), {
    name: "Failure",
    message: /this system is Fedora 43; .*Debian 12/,
  });
  assert.throws(() => checkSystem(""), Failure);
});

test("only packages of programs that are not there are installed", () => {
  assert.deepEqual(
    missingPackages(() => true),
    [],
  );
  assert.deepEqual(
    missingPackages((path) => !path.endsWith("/runc") && !path.endsWith("/nft")),
    ["nftables", "runc"],
  );
});

test("settings of an earlier start hold until they are changed, and nodes with volumes are not dropped", () => {
  const earlier = { nodes: 3, apiPort: 6443, portalPort: 9090 };
  assert.deepEqual(chosenSettings({}, earlier), earlier);
  assert.deepEqual(chosenSettings({ nodes: 4, images: "/x" }, earlier), { ...earlier, nodes: 4, images: "/x" });
  assert.throws(() => chosenSettings({ nodes: 1 }, earlier), /--nodes 1 is fewer than the 3/);
});
