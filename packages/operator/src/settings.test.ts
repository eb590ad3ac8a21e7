import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HELP, parseAddress, settingsFrom } from "./settings.ts";

test("one namespace is served, or all; several are refused with the variable's name, its value and the remedy", () => {
  const namespace = (WATCH_NAMESPACE: string) => settingsFrom({}, { WATCH_NAMESPACE }).namespace;
  assert.equal(settingsFrom({}, {}).namespace, undefined);
  assert.equal(namespace(""), undefined);
  assert.equal(namespace(" shop, "), "shop");
  assert.throws(() => namespace("shop,archive"), /WATCH_NAMESPACE is "shop,archive": name one/);
});

test("a variable that is empty is as one that is not there", () => {
  const source = readFileSync(join(import.meta.dirname, "settings.ts"), "utf8");
  const names = [...source.matchAll(/env\["([A-Z_]+)"\]/g)].map((match) => match[1] ?? "");
  const empty = Object.fromEntries([...names, "RELATED_IMAGE_POSTGRES_17"].map((name) => [name, ""]));
  assert.deepEqual(settingsFrom({}, { ...empty, KUBERNETES_SERVICE_HOST: undefined }), settingsFrom({}, {}));
});

test("inside a pod everybody may ask for metrics and health, outside only the machine itself", () => {
  const inside = settingsFrom({}, { KUBERNETES_SERVICE_HOST: "10.96.0.1" });
  assert.deepEqual([inside.metrics.host, inside.health?.port], ["0.0.0.0", 8081]);
  const outside = settingsFrom({}, {});
  assert.deepEqual([outside.metrics, outside.health], [{ host: "127.0.0.1", port: 0 }, undefined]);
});

test("an address is HOST:PORT, also of IPv6", () => {
  assert.deepEqual(parseAddress("[::1]:80"), { host: "::1", port: 80 });
  for (const text of ["80", "host", "host:many", "host:70000"]) assert.throws(() => parseAddress(text), /HOST:PORT/);
});

test("the help names every variable that the settings read", () => {
  const source = readFileSync(join(import.meta.dirname, "settings.ts"), "utf8");
  const read = [...source.matchAll(/env\["([A-Z_]+)"\]/g)].map((match) => match[1] ?? "");
  const given = read.filter((name) => name !== "KUBERNETES_SERVICE_HOST");
  assert.ok(given.length > 5);
  for (const name of given) assert.ok(HELP.includes(name), name);
});
