import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NotYet, TransientError } from "@keelson/kube";
import { deleteBackups } from "./delete-backups.ts";

const LOCKED = "P00 ERROR: [050]: unable to acquire lock on file";

/** What is done in order, as long as `refusals` says what pgBackRest answers to a stanza-delete of a repository. */
async function run(refusals: Readonly<Record<string, string>> = {}): Promise<{ done: string[]; error: unknown }> {
  const done: string[] = [];
  const client = {
    delete: async (_kind: unknown, { name }: { name: string }, options: { uid: string; propagationPolicy: string }) =>
      done.push(`delete Job ${name} ${options.uid} ${options.propagationPolicy}`),
    patch: async () => done.push("archive no more"),
    exec: async ({ command }: { command: readonly string[] }) => {
      if (command[0] === "psql") return { exitCode: 0, stdout: "true\n", stderr: "" };
      const words = command.slice(1).filter((word) => word !== "--stanza=db");
      done.push(words.join(" "));
      const refusal = words.at(-1) === "stanza-delete" ? refusals[words[0] ?? ""] : undefined;
      return { exitCode: refusal === undefined ? 0 : 50, stdout: refusal ?? "", stderr: "" };
    },
  };
  const task = {
    type: "deleteBackups",
    topic: "backupsDeleted",
    hash: "done",
    pod: "orders-repo-host-0",
    repos: ["repo1", "repo2"],
    jobs: [{ name: "orders-backup-x", uid: "u1" }],
    primary: "orders-i-aaaa-0",
    store: "orders-ha-config",
    config: "{}",
  } as const;
  const { signal } = new AbortController();
  const at = (pod: string) => ({ client: client as never, namespace: "prod", pod, signal });
  const error = await deleteBackups(task, at).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { done, error };
}

const JOB = "delete Job orders-backup-x u1 Background";
const FIRST = ["--force stop", "--repo=1 --force stanza-delete"];
const SECOND = ["--force stop", "--repo=2 --force stanza-delete"];

describe("the deletion of the repositories", () => {
  test("ends a running backup, its Job first, and archiving when nothing is left", async () => {
    const { done, error } = await run();
    assert.equal(error, undefined);
    assert.deepEqual(done, [JOB, ...FIRST, ...SECOND, "archive no more"]);
  });

  test("lets the log go on into a repository that cannot be deleted: it may be kept after all", async () => {
    const first = await run({ "--repo=1": "P00 ERROR: [041]: unable to open file" });
    assert.deepEqual(first.done, [JOB, ...FIRST, "start"]);
    assert.ok(first.error instanceof TransientError);
    const second = await run({ "--repo=2": "P00 ERROR: [041]: unable to open file" });
    assert.deepEqual(second.done, [JOB, ...FIRST, ...SECOND, "start"]);
  });

  test("looks again soon when what was ended still has the lock", async () => {
    const { done, error } = await run({ "--repo=1": LOCKED });
    assert.ok(error instanceof NotYet);
    assert.deepEqual(done.at(-1), "start");
  });
});
