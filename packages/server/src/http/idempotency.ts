/** Idempotency keys for creating requests: the same key with the same request gets the first answer again, for a day. */
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ProblemError } from "./problem-error.ts";

const KEEP_MS = 24 * 3_600_000;
const header = "idempotency-key";

declare module "fastify" {
  interface FastifyRequest {
    /** Set while a request with an idempotency key is being carried out. */
    idempotency: { readonly id: string; readonly requestHash: string } | undefined;
  }
}

/** Adds idempotency to the routes whose config says `idempotent`. */
export function addIdempotency(app: FastifyInstance, store: DatabaseSync, now: () => number = Date.now): void {
  const running = new Set<string>();
  app.decorateRequest("idempotency", undefined);

  app.addHook("preHandler", async (request, reply) => {
    const key = keyOf(request);
    if (key === undefined) return;
    const caller = request.caller?.username ?? "";
    const requestHash = hashOf(request);
    store.prepare("DELETE FROM answers WHERE created_at < ?").run(now() - KEEP_MS);
    const known = store
      .prepare("SELECT request_hash, status, body, headers FROM answers WHERE caller = ? AND key = ?")
      .get(caller, key);
    const id = `${caller}\0${key}`;
    if (known !== undefined) {
      if (known["request_hash"] !== requestHash) throw reused(key);
      const headers = JSON.parse(String(known["headers"])) as Record<string, string>;
      return reply
        .code(Number(known["status"]))
        .headers({ ...headers, "idempotency-replayed": "true" })
        .send(String(known["body"]));
    }
    if (running.has(id)) {
      throw new ProblemError("Conflict", "A request with this idempotency key is still being carried out.", {
        field: "header Idempotency-Key",
        retryAfterSeconds: 1,
      });
    }
    running.add(id);
    request.idempotency = { id, requestHash };
  });

  app.addHook("onSend", async (request, reply, payload) => {
    const mine = request.idempotency;
    if (mine === undefined) return payload;
    running.delete(mine.id);
    // What may go better next time is not kept: failures of the server and states that pass.
    const keep = reply.statusCode < 400 || reply.statusCode === 422;
    if (keep && typeof payload === "string") {
      const headers = JSON.stringify({
        "content-type": reply.getHeader("content-type") ?? "application/json",
        ...location(reply.getHeader("location")),
      });
      const [caller, key] = mine.id.split("\0");
      store
        .prepare(
          "INSERT OR REPLACE INTO answers (caller, key, request_hash, status, body, headers, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(caller ?? "", key ?? "", mine.requestHash, reply.statusCode, payload, headers, now());
    }
    return payload;
  });
}

function keyOf(request: FastifyRequest): string | undefined {
  if (request.routeOptions.config.idempotent !== true) return undefined;
  const key = request.headers[header];
  if (key === undefined) return undefined;
  if (typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new ProblemError("InvalidRequest", "The idempotency key must be 1 to 200 printable characters.", {
    field: "header Idempotency-Key",
  });
}

/** A short name part that follows from the key, so that even a repeat after a crash names the same object. */
export function nameSuffix(request: FastifyRequest): string | undefined {
  const mine = request.idempotency;
  return mine === undefined ? undefined : createHash("sha256").update(mine.id).digest("hex").slice(0, 10);
}

function hashOf(request: FastifyRequest): string {
  return createHash("sha256")
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest("hex");
}

function location(value: unknown): Record<string, string> {
  return typeof value === "string" ? { location: value } : {};
}

function reused(key: string): ProblemError {
  return new ProblemError("IdempotencyKeyReused", "This idempotency key came with a different request before.", {
    field: "header Idempotency-Key",
    value: key,
    remedy: "Use a new key for a new request.",
  });
}
