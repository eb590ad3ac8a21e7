import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ApiProblem } from "./problem.ts";
import { createQueryClient } from "./queries.ts";

const refusal = (status: number, code: string) =>
  new ApiProblem({ type: `urn:keelson:problem:${code}`, title: "", status, detail: "" });

describe("what is read", () => {
  /** How often it is asked for until it is there or given up; it is there at the 20th time. */
  const timesAsked = async (error: Error, context: TestContext) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const queries = createQueryClient();
    let asked = 0;
    let done = false;
    const ask = async () => {
      asked += 1;
      if (asked < 20) throw error;
      return "there";
    };
    const answer = queries.fetchQuery({ queryKey: ["it"], queryFn: ask }).then(
      () => (done = true),
      () => (done = true),
    );
    while (!done) {
      await setImmediate();
      context.mock.timers.tick(4_000);
    }
    await answer;
    return asked;
  };

  it("is asked for until it is there while the server waits for Kubernetes", async (context) => {
    assert.equal(await timesAsked(refusal(503, "NotReady"), context), 20);
  });

  it("is given up after three repeats when the server fails, at once when it refuses", async (context) => {
    assert.equal(await timesAsked(refusal(503, "KubernetesUnavailable"), context), 4);
    context.mock.timers.reset();
    assert.equal(await timesAsked(refusal(404, "NotFound"), context), 1);
  });
});
