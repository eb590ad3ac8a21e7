/** All routes of /api/v1. */
import type { FastifyInstance } from "fastify";
import { ProblemError } from "../http/problem-error.ts";
import { requireFleet } from "../http/require-fleet.ts";
import type { Parts } from "../parts.ts";
import { addActivityRoutes } from "./activity.ts";
import { addConnectionRoutes } from "./connection.ts";
import { addDatabaseRoutes } from "./databases.ts";
import { addMetaRoutes } from "./meta.ts";
import { addRecoveryRoutes } from "./recovery.ts";
import { addSessionRoutes } from "./session.ts";
import { typed } from "./typed.ts";

/** Adds the routes to `app`. */
export async function addRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  await app.register(
    async (scope) => {
      const api = typed(scope);
      addSessionRoutes(api, parts);
      addMetaRoutes(api, parts);
      await scope.register(async (inner) => {
        requireFleet(inner, parts.fleet);
        const databases = typed(inner);
        addDatabaseRoutes(databases, parts);
        addConnectionRoutes(databases, parts);
        addRecoveryRoutes(databases, parts);
        addActivityRoutes(databases, parts);
      });
    },
    { prefix: "/api/v1" },
  );
  // A route like the others, so that what does not exist is told to those only who may know what exists.
  app.all("/api/*", { schema: { hide: true } }, (request) => {
    throw new ProblemError("NotFound", `There is nothing at ${request.method} ${request.url.split("?", 1)[0]}.`, {
      remedy: "See /api/v1/openapi.json for what there is.",
    });
  });
}
