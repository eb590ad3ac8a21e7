/** Says who calls: the command line by its bearer token, a person by the session cookie and, for unsafe methods, its CSRF token. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ProblemError } from "../http/problem-error.ts";
import { readSessionCookie } from "./session-cookie.ts";
import { equalSecrets, type LiveSession, type Sessions } from "./sessions.ts";

export interface Caller {
  readonly username: string;
  readonly via: "cookie" | "token";
  readonly session?: LiveSession;
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /**
     * Who may call a route. Without it: who has a session or the token. `anyone`: strangers too, but no page of another site.
     * `page`: what a browser may come to from anywhere; holds nothing but the portal's own files.
     */
    readonly access?: "anyone" | "page";
    readonly idempotent?: boolean;
  }
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Puts the guard before every route of `app` that is added after it. The matched route decides, never the text of the URL: the router
 * decodes and normalises that (`/%61pi`, `http://any/api`), and a second reading of it would differ somewhere.
 */
export function guard(app: FastifyInstance, parts: { readonly sessions: Sessions; readonly cliToken: string }): void {
  app.decorateRequest("caller", undefined);
  app.addHook("onRequest", async (request) => {
    const { access } = request.routeOptions.config;
    if (access === "page") return;
    refuseForeignOrigin(request);
    request.caller = identify(request, parts);
    if (access === "anyone") return;
    // A path that does not exist is told to those only who may know what exists.
    if (request.caller === undefined) {
      throw new ProblemError("NotSignedIn", "This request needs a session or a bearer token.", {
        remedy: "Sign in with POST /api/v1/session, or send the token of the file cli-token.",
      });
    }
    requireCsrfToken(request, request.caller);
  });
}

function identify(
  request: FastifyRequest,
  parts: { readonly sessions: Sessions; readonly cliToken: string },
): Caller | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    return token !== undefined && equalSecrets(token, parts.cliToken) ? { username: "cli", via: "token" } : undefined;
  }
  const cookie = readSessionCookie(request);
  const session = cookie === undefined ? undefined : parts.sessions.find(cookie);
  return session === undefined ? undefined : { username: session.username, via: "cookie", session };
}

function requireCsrfToken(request: FastifyRequest, caller: Caller): void {
  if (caller.session === undefined || safeMethods.has(request.method)) return;
  const sent = request.headers["x-csrf-token"];
  if (typeof sent === "string" && equalSecrets(sent, caller.session.csrfToken)) return;
  throw new ProblemError("CsrfTokenMissing", "A request that changes something needs the session's CSRF token.", {
    field: "header X-CSRF-Token",
    remedy: "Send csrfToken of GET /api/v1/session in the header X-CSRF-Token.",
  });
}

/** Browsers say where a request comes from; only this site's own pages may change something or open streams. */
function refuseForeignOrigin(request: FastifyRequest): void {
  const site = request.headers["sec-fetch-site"];
  const { origin, host } = request.headers;
  const foreign =
    (site !== undefined && site !== "same-origin" && site !== "none") ||
    (origin !== undefined && hostOf(origin) !== host);
  if (!foreign) return;
  throw new ProblemError("ForeignOrigin", `The request was made by a page of ${origin ?? "another site"}.`, {
    remedy: "Open the portal itself and do it there.",
  });
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
