import assert from "node:assert/strict";
import { test } from "node:test";
import { applyRetention } from "./retention.ts";

/** Commands beside questions, when the repository has this backup of the Job. */
async function commands(backup: object, expires?: boolean): Promise<string[]> {
  const ran: string[] = [];
  const own = { annotation: { "percona.com/backup-job-name": "j" }, ...backup };
  const request = {
    ...{ namespace: "n", pod: "p", configHash: "h", jobName: "j" },
    ...{ options: ["--repo=2", "--type=full"], ...(expires === undefined ? {} : { expires }) },
  };
  await applyRetention(request, async (command, answer) => {
    if (answer !== true) ran.push(command.join(" "));
    return { exitCode: 0, stdout: JSON.stringify([{ backup: [own] }]), stderr: "" };
  });
  return ran;
}

test("old backups go when the new one is there without damage, and not before", async () => {
  assert.deepEqual(await commands({}, true), ["pgbackrest expire --stanza=db --repo=2"]);
  assert.deepEqual(await commands({ error: true }, true), []);
  assert.deepEqual(await commands({ annotation: {} }, true), []);
});

test("where pgBackRest or nobody is to do it, it is left to them", async () => {
  assert.deepEqual(await commands({}, false), []);
  assert.deepEqual(await commands({}), []);
});
