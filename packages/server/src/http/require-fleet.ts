/** Refuses requests that read the fleet until all of it was read once: an empty list would say that there are no databases. */
import type { FastifyInstance } from "fastify";
import type { Fleet } from "../fleet/fleet.ts";
import { ProblemError } from "./problem-error.ts";

/** Puts the check before every route of `app` that is added after it. */
export function requireFleet(app: FastifyInstance, fleet: Pick<Fleet, "isKnown" | "problems">): void {
  app.addHook("onRequest", async () => {
    if (fleet.isKnown) return;
    const [first, ...others] = fleet.problems();
    const more = others.length === 0 ? "" : `; and ${others.length} more`;
    throw new ProblemError("NotReady", `The databases are not known yet. Not read so far: ${first}${more}.`, {
      remedy:
        "They are read as soon as Kubernetes answers: look again in a moment. `./keelson status` says what is down.",
      retryAfterSeconds: 2,
    });
  });
}
