import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError } from "@keelson/kube";
import fastify from "fastify";
import { ChangePassword, CreateDatabase, SignIn } from "../api/requests.ts";
import { answerProblems } from "./problems.ts";

describe("problems", () => {
  const answer = async (schema: object, payload: object) => {
    const app = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } } });
    answerProblems(app);
    app.post("/", { schema: { body: schema } }, () => "");
    const { statusCode, body } = await app.inject({ method: "POST", url: "/", payload });
    await app.close();
    return { status: statusCode, body };
  };

  it("never send a secret back, whatever is wrong with it", async () => {
    for (const [schema, request] of [
      [ChangePassword, { current: "old", next: "hunter2" }],
      [ChangePassword, { current: "old", next: 31_337_007 }],
      [ChangePassword, { current: "", next: "hunter2" }],
      [ChangePassword, { current: "hunter2" }],
      [ChangePassword, { current: "hunter2", next: "hunter2hunter2", hint: "hunter2" }],
      [SignIn, { username: "admin", password: ["hunter2"] }],
      [SignIn, { username: "admin", password: `hunter2${"x".repeat(300)}` }],
    ] as const) {
      const { status, body } = await answer(schema, request);
      assert.ok(status === 400 || status === 422, body);
      assert.doesNotMatch(body, /hunter2|31337007/);
    }
  });

  it("tell a failure of Kubernetes from its absence", async () => {
    const app = fastify();
    answerProblems(app);
    app.get("/:status", (request) => {
      const { status } = request.params as { status: string };
      throw new ApiError({ status: Number(status), message: "node is not known" });
    });
    for (const [status, answered, title] of [
      [500, 502, /could not/],
      [503, 503, /does not answer/],
    ] as const) {
      const answer = await app.inject({ url: `/${status}` });
      assert.equal(answer.statusCode, answered);
      const problem = answer.json<{ title: string; detail: string; remedy: string }>();
      assert.match(problem.title, title);
      assert.equal(problem.detail, "node is not known");
      assert.match(problem.remedy, /try again/);
    }
    await app.close();
  });

  it("send back what else was wrong, with the field and the remedy", async () => {
    const { backups: _refersElsewhere, ...properties } = CreateDatabase.properties;
    const { body } = await answer({ ...CreateDatabase, properties }, { name: "Orders" });
    const { field, value, remedy } = JSON.parse(body);
    assert.deepEqual([field, value], ["/name", "Orders"]);
    assert.match(remedy, /Lower-case letters/);
  });
});
