import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOf } from "./layout.ts";
import { processDefinitions } from "./process-definitions.ts";
import { defaultSettings } from "./settings.ts";

test("the operator, and not the API server, prefers a small heap to speed", () => {
  const definitions = processDefinitions("/checkout", layoutOf("/data"), defaultSettings);
  const small = definitions.filter(({ command }) => command.includes("--optimize-for-size"));
  assert.deepEqual(
    small.map(({ name }) => name),
    ["operator"],
  );
});
