/** Refuses requests for what was never read from Kubernetes: an empty list would say that there is none. */
import type { FastifyInstance } from "fastify";
import type { Fleet } from "../fleet/fleet.ts";
import { ProblemError } from "./problem-error.ts";

/** Puts the check before every route of `app` that is added after it. */
export function requireFleet(app: FastifyInstance, fleet: Pick<Fleet, "unread">): void {
  app.addHook("onRequest", async () => requireRead("databases", fleet.unread()));
}

/** Throws when some of what is asked for (a plural) is `unread`: what, and why. */
export function requireRead(asked: string, [first, ...others]: readonly string[]): void {
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  throw new ProblemError("NotReady", `The ${asked} are not known yet. Not read so far: ${first}${more}.`, {
    remedy:
      "They are read as soon as Kubernetes answers: look again in a moment. `./keelson status` says what is down.",
    retryAfterSeconds: 2,
  });
}
