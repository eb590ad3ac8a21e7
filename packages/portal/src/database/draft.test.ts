import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { databaseNameRule } from "@keelson/server/manifest";
import fc from "fast-check";
import { initialDraft, nameTrouble, promises, requestOf } from "./draft.ts";

describe("a draft", () => {
  it("becomes a request with what was chosen", () => {
    assert.deepEqual(requestOf({ ...initialDraft, name: "orders", exposed: true }), {
      name: "orders",
      namespace: "default",
      version: "17",
      size: "small",
      instances: 3,
      storage: "10Gi",
      poolers: 2,
      expose: "loadBalancer",
      backups: { enabled: true, keepFull: 7, schedule: "0 1 * * 0", incrementalSchedule: "0 1 * * 1-6" },
    });
    assert.deepEqual(requestOf({ ...initialDraft, backups: false }).backups, { enabled: false });
    assert.deepEqual(requestOf({ ...initialDraft, schedule: "none" }).backups, { enabled: true, keepFull: 7 });
    assert.equal(
      requestOf({ ...initialDraft, schedule: "custom", cron: " 5 4 * * * " }).backups?.schedule,
      "5 4 * * *",
    );
  });

  it("says why a name cannot be used, exactly when the API would refuse it", () => {
    const allowed = new RegExp(databaseNameRule.pattern);
    fc.assert(
      fc.property(fc.stringMatching(/^[-_.a-zA-Z0-9]{1,40}$/), (name) => {
        const usable = allowed.test(name) && name.length <= databaseNameRule.maxLength;
        assert.equal(nameTrouble(name, []) === undefined, usable, name);
      }),
    );
    assert.match(nameTrouble("orders", ["orders"]) ?? "", /already/);
    assert.equal(nameTrouble("", []), undefined);
  });

  it("promises nothing that one instance without backups cannot keep", () => {
    const text = promises({ ...initialDraft, instances: 1, poolers: 0, backups: false }).join(" ");
    assert.match(text, /nobody can connect/);
    assert.match(text, /loses the data/);
    assert.doesNotMatch(text, /takes over|pooler|any second/);
  });
});
