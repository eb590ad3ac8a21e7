import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiProblem } from "./problem.ts";
import { TryKey } from "./try-key.ts";

const problem = (status: number, field?: string) =>
  new ApiProblem({ type: "", title: "", status, detail: "", ...(field === undefined ? {} : { field }) });

describe("the key of a try", () => {
  const setUp = () => {
    let made = 0;
    return new TryKey(() => `key-${++made}`);
  };

  it("stays while it is not known whether the request was carried out", () => {
    for (const error of [
      problem(0),
      problem(500),
      problem(503),
      problem(409, "header Idempotency-Key"),
      new TypeError("network error"),
    ]) {
      const key = setUp();
      const first = key.for({ name: "orders" });
      key.ended(error);
      assert.equal(key.for({ name: "orders" }), first, String(error));
    }
  });

  it("is new after a success and after a refusal", () => {
    for (const error of [undefined, problem(400), problem(409), problem(422, "/name"), problem(429)]) {
      const key = setUp();
      const first = key.for({ type: "full" });
      key.ended(error);
      assert.notEqual(key.for({ type: "full" }), first, String(error));
    }
  });

  it("is new for another request, which the former key would have refused", () => {
    const key = setUp();
    const first = key.for({ name: "orders" });
    key.ended(problem(0));
    assert.notEqual(key.for({ name: "payments" }), first);
  });
});
