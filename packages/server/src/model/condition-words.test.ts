import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conditionViews } from "./condition-words.ts";
import type { StatusCondition } from "./resources.ts";

/** As another operator may send it: with less than ours says. */
const views = (conditions: readonly Partial<StatusCondition>[]) => conditionViews(conditions as StatusCondition[]);

describe("conditions in words", () => {
  it("shows types that nobody told it of, worst first, with the operator's own message", () => {
    const shown = views([
      { type: "LogicalSlotsReady", status: "True" },
      { type: "WALArchiveStuck", status: "True", reason: "Full", message: "the volume is full" },
      { type: "QuotaChecked", status: "Unknown" },
      { type: "TablespaceReady", status: "False", reason: "NotFound", message: "there is no claim" },
      { type: "NodePressure", status: "False" },
    ]);
    assert.deepEqual(
      shown.map(({ title, level, message }) => [level, title, message]),
      [
        ["bad", "Not tablespace ready", "there is no claim"],
        ["bad", "WAL archive stuck", "the volume is full"],
        ["working", "Quota checked: not known", ""],
        ["good", "Logical slots ready", ""],
        ["good", "Not node pressure", ""],
      ],
    );
  });

  it("says what the operator warns of", () => {
    const shown = views([
      { type: "FieldsWithoutEffect", status: "True", reason: "NotServed", message: "spec.pmm: not served" },
      { type: "ReconcileFailed", status: "True", reason: "ApiRefused", message: "quota" },
      { type: "ReconcileFailed", status: "False" },
      { type: "VolumeAlmostFull", status: "True", reason: "VolumeAlmostFull", message: "95 % of 10Gi" },
    ]);
    assert.deepEqual(
      shown.map(({ level, title, remedy }) => [level, title, remedy !== undefined]),
      [
        ["bad", "A volume is almost full", true],
        ["bad", "The operator does not get on", true],
        ["off", "Some fields of the manifest have no effect", false],
        ["good", "The operator gets on", false],
      ],
    );
  });
});
