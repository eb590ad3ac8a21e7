import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leaderTimeline, replicaBackup } from "./replica-backup.ts";

const backup = (label: string, timeline: number, stop: string) => ({
  label,
  archive: { start: `0000000${timeline}0000000000000004` },
  lsn: { stop },
  database: { id: 1 },
});
const archive = [{ id: "17-1", database: { id: 1 } }];
/** The second timeline leaves the first before the end of the backup that ran then. */
const HISTORY = "1\t0/3021BE0\tbefore 2026-11-21 09:20:00.345525+00\n";

const ask =
  (backups: Readonly<Record<string, readonly object[]>>) =>
  async ([command = "", repo = "", path = ""]: readonly string[]): Promise<string> => {
    if (command === "repo-get" && path.endsWith("/00000002.history")) return HISTORY;
    assert.equal(command, "info");
    if (repo === "--output=json") return JSON.stringify([{ repo: Object.keys(backups).map((key) => ({ key: +key })) }]);
    return JSON.stringify([{ archive, backup: backups[repo.slice("--repo=".length)] }]);
  };

describe("a replica is made", () => {
  test("from the newest backup that the leader's timeline goes through", async () => {
    const both = [backup("A", 1, "0/2000120"), backup("LEFT", 1, "0/5000120")];
    assert.deepEqual(await replicaBackup(2, ask({ 1: both })), { repo: 1, label: "A" });
    assert.deepEqual(await replicaBackup(1, ask({ 1: both })), { repo: 1, label: "LEFT" });
  });
  test("from the first repository that has one", async () => {
    const good = [backup("A", 1, "0/2000120")];
    assert.deepEqual(await replicaBackup(2, ask({ 1: [], 3: good })), { repo: 3, label: "A" });
  });
  test("from the primary, when no repository has one or the history is not archived yet", async () => {
    assert.equal(await replicaBackup(2, ask({ 1: [backup("LEFT", 1, "0/5000120")] })), undefined);
    await assert.rejects(replicaBackup(3, ask({ 1: [] })));
  });
});

test("the leader's timeline is Patroni's", () => {
  const members = [
    { name: "a", role: "replica", timeline: 1 },
    { name: "b", role: "leader", timeline: 3 },
  ];
  assert.equal(leaderTimeline(JSON.stringify({ members })), 3);
  assert.equal(leaderTimeline("{}"), undefined);
});
