/** What the API server refused, and why. */
import type { Status } from "../types.ts";

/** An answer of the API server with a status of 400 or more. */
export class ApiError extends Error {
  /** HTTP status code. */
  readonly status: number;
  /** Kubernetes' machine-readable reason, such as `AlreadyExists`; "" when the answer was no Status. */
  readonly reason: string;
  readonly details: Status["details"];
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(init: {
    status: number;
    reason?: string | undefined;
    message: string;
    details?: Status["details"];
    retryAfterMs?: number | undefined;
  }) {
    super(init.message);
    this.name = "ApiError";
    this.status = init.status;
    this.reason = init.reason ?? "";
    this.details = init.details;
    this.retryAfterMs = init.retryAfterMs;
  }

  /** Reads a Status; any other body (a proxy's page, say) becomes a short message. */
  static fromBody(status: number, body: string, retryAfter: string | undefined, what: string): ApiError {
    const parsed = parseStatus(body);
    const seconds = Number(retryAfter ?? parsed?.details?.retryAfterSeconds);
    return new ApiError({
      status,
      reason: parsed?.reason,
      message: parsed?.message ?? `${what}: HTTP ${status}${body === "" ? "" : `: ${body.slice(0, 200).trim()}`}`,
      details: parsed?.details,
      retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
    });
  }

  /** From a Status object, as watches and exec streams send it. */
  static fromStatus(status: Status): ApiError {
    return new ApiError({
      status: status.code ?? 500,
      reason: status.reason,
      message: status.message ?? status.reason ?? "the API server reported an error without a message",
      details: status.details,
      retryAfterMs:
        status.details?.retryAfterSeconds === undefined ? undefined : status.details.retryAfterSeconds * 1000,
    });
  }
}

/** The request got no answer: no connection, a broken one, or none in time. */
export class ConnectionError extends Error {
  /** The system's code, such as `ECONNREFUSED`; `TIMEOUT` when our own limit passed, `CLOSED` after `close()`. */
  readonly code: string;
  /** True when it is certain that the server never saw the request. */
  readonly unsent: boolean;

  constructor(message: string, init: { code: string; unsent: boolean; cause?: unknown }) {
    super(message, { cause: init.cause });
    this.name = "ConnectionError";
    this.code = init.code;
    this.unsent = init.unsent;
  }
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(body) as Status;
    return value.kind === "Status" ? value : undefined;
  } catch {
    return undefined;
  }
}

const is = (reason: string, status: number) => (error: unknown) =>
  error instanceof ApiError && (error.reason === reason || (error.reason === "" && error.status === status));

/** There is no such object, kind or path. */
export const isNotFound: (error: unknown) => boolean = is("NotFound", 404);
/** Somebody else wrote first, or a precondition did not hold: read again and decide anew. */
export const isConflict: (error: unknown) => boolean = is("Conflict", 409);
/** An object of that name is there already. */
export const isAlreadyExists: (error: unknown) => boolean = is("AlreadyExists", 409);
/** The object breaks a rule of its kind: sending it again cannot help. */
export const isInvalid: (error: unknown) => boolean = is("Invalid", 422);
/** The user may not do this: sending it again does not help until somebody grants the right. */
export const isForbidden: (error: unknown) => boolean = is("Forbidden", 403);
/** Overload, or the answer to an eviction that a disruption budget does not allow now. */
export const isTooManyRequests: (error: unknown) => boolean = (error) =>
  error instanceof ApiError && error.status === 429;

/** The resource version is no longer retained: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}
