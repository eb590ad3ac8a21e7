import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, ConnectionError } from "./api-error.ts";
import { retryDelayMs } from "./retry.ts";

const attempt = (method: string, error: unknown, more: object = {}) =>
  retryDelayMs({ method, error, failures: 1, retry429: true, random: 0.5, ...more });
const api = (status: number, retryAfterMs?: number) => new ApiError({ status, message: "m", retryAfterMs });
const broken = new ConnectionError("m", { code: "ECONNRESET", unsent: false });
const refused = new ConnectionError("m", { code: "ECONNREFUSED", unsent: true });

test("sent again is only what was certainly not executed, and reads", () => {
  assert.notEqual(attempt("GET", broken), undefined);
  assert.equal(attempt("POST", broken), undefined);
  assert.equal(attempt("PATCH", broken), undefined);
  assert.notEqual(attempt("POST", refused), undefined);
  assert.notEqual(attempt("POST", api(429)), undefined);
  assert.notEqual(attempt("DELETE", api(503, 1_000)), undefined);
  for (const status of [400, 404, 409, 500, 503]) assert.equal(attempt("GET", api(status)), undefined, String(status));
  assert.equal(attempt("GET", new ConnectionError("m", { code: "TIMEOUT", unsent: false })), undefined);
});

test("Retry-After is kept, within reason; a budget's 429 is an answer; at some point it is enough", () => {
  assert.ok((attempt("GET", api(429, 3_000)) ?? 0) >= 3_000);
  assert.ok((attempt("GET", api(429, 3_600_000)) ?? 0) < 15_000);
  assert.equal(attempt("POST", api(429), { retry429: false }), undefined);
  assert.equal(attempt("GET", refused, { failures: 7 }), undefined);
});
