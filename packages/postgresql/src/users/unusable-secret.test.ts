import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterSecrets } from "../cluster/secrets.ts";
import { areUsersMade } from "../inside/plan-inside.ts";
import { problem } from "../reasons.ts";
import { NOW, pgCluster, viewOf } from "../testing/fixtures.ts";
import { userScripts } from "./sql.ts";

const users = [{ name: "shop" }, { name: "broken", secretName: "theirs" }];
const c = pgCluster({ users } as never);

test("users that have a verifier are made without those that have none", () => {
  const [roles] = userScripts(c, new Map([["shop", "SCRAM-SHA-256$x"]]));
  assert.match(roles?.sql ?? "", /ALTER ROLE "shop"/);
  assert.doesNotMatch(roles?.sql ?? "", /"broken"/);
});

for (const [when, read, claimed] of [
  ["all the time", "other", "other"],
  ["since a moment ago", undefined, "other"],
] as const) {
  test(`a Secret that belongs to another cluster ${when} is not overwritten, and is looked at again`, async () => {
    const theirs = (name: string, cluster: string | undefined) =>
      name === "theirs" ? { texts: { password: "x" }, cluster } : undefined;
    const { secrets, problems, foreign } = await clusterSecrets(c, {
      view: { ...viewOf(), now: NOW },
      instances: [],
      random: (size) => new Uint8Array(size).fill(7),
      foreign: async (name) => theirs(name, read),
      claim: async (name) => theirs(name, claimed),
    });
    assert.ok(secrets.every(({ metadata }) => metadata?.name !== "theirs"));
    assert.deepEqual(
      problems.map(({ reason, field }) => [reason, field]),
      [["SecretNotOurs", "spec.users[broken].secretName"]],
    );
    assert.equal(foreign, true);
  });
}

test("nobody waits for a user whose Secret is a problem", () => {
  const only = pgCluster({ users: [{ name: "broken", secretName: "theirs" }] } as never);
  const view = viewOf({ leader: null });
  const refused = problem("SecretInvalid", "spec.users[broken].secretName", "Secret theirs: not UTF-8.");
  assert.equal(areUsersMade(only, view), false);
  assert.equal(areUsersMade(only, view, [refused]), true);
});
