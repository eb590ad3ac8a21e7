/** All routes of /api/v1. */
import type { FastifyInstance } from "fastify";
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
      addDatabaseRoutes(api, parts);
      addConnectionRoutes(api, parts);
      addRecoveryRoutes(api, parts);
      addActivityRoutes(api, parts);
      addMetaRoutes(api, parts);
    },
    { prefix: "/api/v1" },
  );
}
