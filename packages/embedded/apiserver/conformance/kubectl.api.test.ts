/** Our server and a real kube-apiserver must answer kubectl alike. Without the real one, only ours is run, for what must succeed. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";
import { type Scenario, scenarios } from "./commands.ts";
import { knownDifferences } from "./known-differences.ts";
import { mustSucceed } from "./must-succeed.ts";
import { findKubectl, type Outcome, runScenario } from "./run.ts";

const kubectl = findKubectl();
const missing = kubectl === undefined ? "no kubectl" : apiServerMissing({ real: false });
const realMissing = apiServerMissing({ real: true });

describe("kubectl", { skip: missing, timeout: 300_000 }, () => {
  let ours: TestApiServer;
  let real: TestApiServer | undefined;

  before(async () => {
    ours = await startApiServer({ real: false });
    if (realMissing === undefined) {
      real = await startApiServer({ real: true, flags: { "disable-admission-plugins": "DefaultStorageClass" } });
    }
  });

  after(async () => {
    await ours?.stop();
    await real?.stop();
  });

  for (const scenario of scenarios) {
    test(scenario.name, async (context) => {
      const [got, wanted] = await Promise.all([
        run(ours, scenario),
        real === undefined ? undefined : run(real, scenario),
      ]);
      for (const outcomes of [got, wanted ?? []]) {
        assertNoCrash(outcomes);
        assertSuccess(outcomes);
      }
      if (wanted === undefined) {
        context.diagnostic(`not compared: ${realMissing}`);
        return;
      }
      for (const [i, outcome] of got.entries()) {
        if (knownDifferences.has(outcome.command.split(" << ", 1)[0] ?? "")) continue;
        assert.deepEqual(comparable(outcome), comparable(wanted[i]), outcome.command);
      }
    });
  }

  test("what must succeed is a part of the scenarios", () => {
    const told = new Set(scenarios.flatMap(({ commands }) => commands));
    assert.deepEqual(
      [...mustSucceed.keys()].filter((command) => !told.has(command)),
      [],
    );
  });
});

function run(server: TestApiServer, scenario: Scenario): Promise<Outcome[]> {
  return runScenario(kubectl ?? "", server.kubeconfig, scenario);
}

/** Sets and maps come in any order in some answers: managed fields of one second, several errors of one object. */
function comparable(outcome: Outcome | undefined): object | undefined {
  if (outcome === undefined) return undefined;
  const sorted = (text: string): string[] => text.split("\n").sort();
  const anyOrder = outcome.command.includes("--show-managed-fields");
  return {
    code: outcome.code,
    stdout: anyOrder ? sorted(outcome.stdout) : outcome.stdout,
    stderr: sorted(outcome.stderr),
  };
}

function assertNoCrash(outcomes: readonly Outcome[]): void {
  for (const { command, stderr, code } of outcomes) {
    assert.ok(code >= 0 && !/InternalError|panic|EOF/.test(stderr), `${command}: ${stderr}`);
  }
}

function assertSuccess(outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    const words = mustSucceed.get(outcome.command);
    if (words === undefined) continue;
    assert.equal(outcome.code, 0, `${outcome.command}: ${outcome.stderr}`);
    const missing = words.filter((word) => !outcome.stdout.includes(word));
    assert.deepEqual(missing, [], `${outcome.command}: ${outcome.stdout}`);
  }
}
