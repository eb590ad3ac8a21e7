import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conditionViews } from "./condition-words.ts";

describe("conditions in words", () => {
  it("shows types that nobody told it of, worst first, with the operator's own message", () => {
    const views = conditionViews([
      { type: "LogicalSlotsReady", status: "True" },
      { type: "WALArchiveStuck", status: "True", reason: "Full", message: "the volume is full" },
      { type: "QuotaChecked", status: "Unknown" },
      { type: "TablespaceReady", status: "False", reason: "NotFound", message: "there is no claim" },
      { type: "NodePressure", status: "False" },
    ]);
    assert.deepEqual(
      views.map(({ title, level, message }) => [level, title, message]),
      [
        ["bad", "Not tablespace ready", "there is no claim"],
        ["bad", "WAL archive stuck", "the volume is full"],
        ["working", "Quota checked: not known", ""],
        ["good", "Logical slots ready", ""],
        ["good", "Not node pressure", ""],
      ],
    );
  });

  it("says of fields without effect and of passes that fail what they are", () => {
    const views = conditionViews([
      { type: "FieldsWithoutEffect", status: "True", reason: "NotServed", message: "spec.pmm: not served" },
      { type: "ReconcileFailed", status: "True", reason: "ApiRefused", message: "quota" },
      { type: "ReconcileFailed", status: "False" },
    ]);
    assert.deepEqual(
      views.map(({ level, title, remedy }) => [level, title, remedy !== undefined]),
      [
        ["bad", "The operator does not get on", true],
        ["off", "Some fields of the manifest have no effect", false],
        ["good", "The operator gets on", false],
      ],
    );
  });
});
