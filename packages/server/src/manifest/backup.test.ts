import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { momentOf } from "../model/observed.ts";
import { backupManifest, pgTime, restoreManifest, timedName } from "./backup.ts";

const at = new Date("2026-11-21T09:30:05.120Z");
const owned = { namespace: "shop", database: "orders", name: "b1", repo: "repo1" };

describe("backupManifest", () => {
  it("names the type as pgBackRest does", () => {
    assert.deepEqual(backupManifest({ ...owned, type: "differential" }).spec, {
      pgCluster: "orders",
      repoName: "repo1",
      options: ["--type=diff"],
    });
  });
});

describe("restoreManifest", () => {
  const options = (target: Parameters<typeof restoreManifest>[0]["target"]) =>
    restoreManifest({ ...owned, target }).spec.options;

  it("asks for the latest moment by asking for nothing", () => {
    assert.deepEqual(options({ kind: "latest" }), []);
  });

  it("writes a moment as the contract does", () => {
    assert.deepEqual(options({ kind: "time", at, microseconds: "007" }), [
      "--type=time",
      "--target=2026-11-21 09:30:05.120007+00",
    ]);
  });

  it("follows the timeline that is named", () => {
    assert.deepEqual(options({ kind: "time", at, microseconds: "000", timeline: 2 }), [
      "--type=time",
      "--target=2026-11-21 09:30:05.120000+00",
      "--target-timeline=2",
    ]);
  });

  it("ends at the end of a named backup", () => {
    assert.deepEqual(options({ kind: "backup", label: "20261121-010000F" }), [
      "--type=immediate",
      "--set=20261121-010000F",
    ]);
  });
});

describe("times", () => {
  it("are read back as they were written", () => {
    assert.equal(momentOf(pgTime(at, "000")), at.toISOString());
    assert.equal(momentOf("2026-11-21 10:30:05.120000+0100"), at.toISOString());
    assert.equal(momentOf("2026-11-21T09:30:05Z"), "2026-11-21T09:30:05.000Z");
    assert.equal(momentOf("yesterday"), undefined);
  });

  it("make names that sort by time", () => {
    assert.equal(timedName("orders", "full", at), "orders-full-20261121-093005");
  });
});
