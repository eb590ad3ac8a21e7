/** Signing in and out, and the password of one's own account. */
import { ChangePassword, SignIn } from "../api/requests.ts";
import { ref } from "../api/schema.ts";
import { Session } from "../api/views.ts";
import type { Attempts } from "../auth/attempts.ts";
import type { Caller } from "../auth/guard.ts";
import { clearSessionCookie, setSessionCookie } from "../auth/session-cookie.ts";
import type { LiveSession } from "../auth/sessions.ts";
import { ProblemError } from "../http/problem-error.ts";
import type { Parts } from "../parts.ts";
import { answers, empty, type TypedApp } from "./typed.ts";

export function addSessionRoutes(app: TypedApp, parts: Parts): void {
  const { accounts, attempts, sessions } = parts;
  const view = (session: LiveSession): Session => ({
    username: session.username,
    via: "cookie",
    csrfToken: session.csrfToken,
    expiresAt: session.expiresAt.toISOString(),
    initialPassword: accounts.hasInitialPassword(session.username),
  });

  app.post(
    "/session",
    {
      config: { access: "anyone" },
      schema: {
        tags: ["session"],
        summary: "Sign in",
        body: ref(SignIn),
        response: answers(201, ref(Session)),
        security: [],
      },
    },
    async (request, reply) => {
      const { username, password } = request.body;
      const attempt = begin(attempts, request.ip, username);
      if (!(await accounts.verify(username, password))) {
        // What is no account's name may be a password that was typed into the wrong field.
        const account = accounts.has(username) ? username : undefined;
        request.log.warn({ account, address: request.ip }, "sign-in refused");
        throw new ProblemError("WrongPassword", "The user name or the password is wrong.", {
          remedy: "The first password of 'admin' is in the file initial-admin-password of the server's data directory.",
        });
      }
      attempt.succeed();
      // A sign-in over an old session ends that one: its cookie is about to be replaced.
      if (request.caller?.session !== undefined) sessions.end(request.caller.session.tokenHash);
      const { token, session } = sessions.create(username);
      setSessionCookie(request, reply, token);
      return reply.code(201).send(view(session));
    },
  );

  app.get(
    "/session",
    { schema: { tags: ["session"], summary: "Who is signed in", response: answers(200, ref(Session)) } },
    async (request) => {
      const session = request.caller?.session;
      if (session !== undefined) return view(session);
      return { username: callerOf(request).username, via: "token" as const, csrfToken: "", initialPassword: false };
    },
  );

  app.delete(
    "/session",
    { schema: { tags: ["session"], summary: "Sign out", response: answers(204, empty) } },
    async (request, reply) => {
      if (request.caller?.session !== undefined) sessions.end(request.caller.session.tokenHash);
      clearSessionCookie(reply);
      return reply.code(204).send(null);
    },
  );

  app.put(
    "/account/password",
    {
      schema: {
        tags: ["session"],
        summary: "Change one's own password; ends one's other sessions",
        body: ref(ChangePassword),
        response: answers(204, empty),
      },
    },
    async (request, reply) => {
      const session = request.caller?.session;
      if (session === undefined) throw new ProblemError("NotAllowed", "Only a signed-in person can change a password.");
      const attempt = begin(attempts, request.ip, session.username);
      if (!(await accounts.verify(session.username, request.body.current))) {
        throw new ProblemError("InvalidField", "The current password is wrong.", {
          field: "/current",
          remedy: "Type the password you signed in with.",
        });
      }
      attempt.succeed();
      await accounts.change(session.username, request.body.next);
      sessions.endOthers(session.username, session.tokenHash);
      return reply.code(204).send(null);
    },
  );
}

/** The caller; the guard has seen to it that there is one. */
export function callerOf(request: { caller: Caller | undefined }): Caller {
  if (request.caller === undefined) throw new ProblemError("NotSignedIn", "This request needs a session.");
  return request.caller;
}

/** Begins an attempt to prove a password, or says how long to wait. */
function begin(attempts: Attempts, address: string, username: string): { succeed(): void } {
  const waitMs = attempts.waitMs(address, username);
  if (waitMs === 0) return attempts.begin(address, username);
  const seconds = Math.ceil(waitMs / 1000);
  throw new ProblemError("TooManyAttempts", "Too many attempts failed from this address or for this account.", {
    remedy: `Wait ${seconds} s and try again.`,
    retryAfterSeconds: seconds,
  });
}
