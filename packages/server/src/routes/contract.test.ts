/** What the description of the API says of requests and refusals is what the API does. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FastifyInstance } from "fastify";
import { bareApp } from "../../testing/bare-app.ts";

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>;
}

describe("the API's contract", () => {
  let app: FastifyInstance;
  let document: {
    readonly openapi: string;
    readonly paths: Record<string, Record<string, Operation>>;
    readonly components: { readonly schemas: Record<string, unknown> };
  };
  let operations: [route: string, Operation][];
  const headers = { authorization: `Bearer ${"t".repeat(43)}` };

  before(async () => {
    ({ app } = await bareApp());
    document = (await app.inject({ url: "/api/v1/openapi.json" })).json<typeof document>();
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]): [string, Operation] => [`${method.toUpperCase()} ${path}`, one]),
    );
  });
  after(() => app.close());

  it("is described by OpenAPI 3.1, with every schema named", () => {
    assert.equal(document.openapi, "3.1.0");
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    assert.ok(references.length > 20);
    for (const [, name = ""] of references) assert.ok(name in document.components.schemas, `${name} is described`);
  });

  it("describes problems by their own media type, at every route", () => {
    assert.ok(operations.length > 15);
    for (const [route, { responses }] of operations)
      assert.deepEqual(Object.keys(responses["default"]?.content ?? {}), ["application/problem+json"], route);
  });

  it("describes what is not JSON, and which requests are carried out once", () => {
    const described = (suffix: string) => operations.find(([route]) => route.endsWith(suffix))?.[1];
    const types = (suffix: string) => Object.keys(described(suffix)?.responses["200"]?.content ?? {});
    assert.deepEqual(types("/logs"), ["text/plain"]);
    assert.deepEqual(types("/events/stream"), ["text/event-stream"]);
    const once = operations.filter(([, { parameters }]) => parameters?.some(({ name }) => name === "idempotency-key"));
    assert.deepEqual(
      once.map(([route]) => route),
      ["/databases", "/databases/{namespace}/{name}/backups", "/databases/{namespace}/{name}/restores"].map(
        (path) => `POST /api/v1${path}`,
      ),
    );
  });

  it("answers a path that is no URL as it answers everything: a problem, with the strict headers", async () => {
    for (const url of ["/api/v1/databases/%zz", "/%zz"]) {
      const answer = await app.inject({ url });
      assert.equal(answer.statusCode, 400);
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
      assert.match(String(answer.headers["content-security-policy"]), /default-src 'none'/);
      assert.match(answer.json<{ remedy: string }>().remedy, /%25/);
    }
  });

  it("takes bodies of JSON only", async () => {
    const answer = await app.inject({
      method: "POST",
      url: "/api/v1/session",
      payload: "hunter2",
      headers: { "content-type": "text/plain" },
    });
    assert.equal(answer.statusCode, 415);
    assert.doesNotMatch(answer.body, /hunter2/);
  });

  for (const [method, url, payload, field, remedy] of [
    ["POST", "/databases?dryrun=true", { name: "orders" }, "query/dryrun", /dryRun/],
    ["DELETE", "/databases/shop/orders?Data=delete", undefined, "query/Data", /data, uid/],
    ["GET", "/databases/shop/orders/connection?reveal=yes", undefined, "query/reveal", /true, false/],
    ["GET", "/databases/Shop/orders", undefined, "path/namespace", /Lower-case/],
    ["POST", "/databases", {}, "/name", /Lower-case/],
    ["POST", "/databases", { name: "orders", colour: "blue" }, "/colour", /instances, storage/],
    ["POST", "/databases", [], "/", /type object/],
    ["PATCH", "/databases/shop/orders", {}, "/", /At least one of instances/],
  ] as const) {
    it(`says what is wrong and what to do: ${method} ${url} ${JSON.stringify(payload) ?? ""}`, async () => {
      const answer = await app.inject({ method, url: `/api/v1${url}`, headers, ...(payload ? { payload } : {}) });
      const problem = answer.json<{ field: string; remedy: string }>();
      assert.ok(answer.statusCode === 400 || answer.statusCode === 422, answer.body);
      assert.equal(problem.field, field);
      assert.match(problem.remedy, remedy);
    });
  }
});
