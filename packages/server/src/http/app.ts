/** Puts the HTTP server together: parsing, guard, headers, problems, OpenAPI; the routes are added by `routes/`. */
import cookie from "@fastify/cookie";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from "fastify";
import type { TSchema } from "typebox";
import * as problem from "../api/problem.ts";
import * as requests from "../api/requests.ts";
import * as views from "../api/views.ts";
import { guard } from "../auth/guard.ts";
import { HOST_COOKIE, PLAIN_COOKIE } from "../auth/session-cookie.ts";
import type { Parts } from "../parts.ts";
import { addRoutes } from "../routes/index.ts";
import { addIdempotency } from "./idempotency.ts";
import { servePortal } from "./portal-files.ts";
import { answerProblems, answerUnroutable } from "./problems.ts";
import { addSecurityHeaders } from "./security-headers.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** The server without a socket: `listen` opens it, `inject` calls it. */
export async function createApp(
  parts: Parts,
  logger: FastifyServerOptions["loggerInstance"],
): Promise<FastifyInstance> {
  const app = fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 260 },
    frameworkErrors: answerUnroutable,
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: true,
        verbose: true,
        allErrors: false,
      },
    },
  });
  // Bodies are JSON only: a form on any page can send text.
  app.removeContentTypeParser("text/plain");
  // Answers are small and made of views: plain JSON is fast enough and drops nothing silently.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  for (const schema of namedSchemas()) app.addSchema(schema);
  answerProblems(app);
  addSecurityHeaders(app);
  await app.register(cookie);
  guard(app, parts);
  addIdempotency(app, parts.store);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Keelson",
        version: parts.version,
        description: "Databases as a service. What the portal and the command line do, they do by this API.",
      },
      components: {
        securitySchemes: {
          session: {
            type: "apiKey",
            in: "cookie",
            name: PLAIN_COOKIE,
            description: `Over TLS the cookie is ${HOST_COOKIE}. Unsafe methods also need the header X-CSRF-Token with csrfToken of GET /api/v1/session.`,
          },
          token: { type: "http", scheme: "bearer" },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json["$id"] === "string" ? json["$id"] : `schema-${index}`,
    },
  });
  await app.register(async (scope) => addRoutes(scope, parts));
  servePortal(app, parts.portalDirectory);
  await app.ready();
  return app;
}

/** Every schema that has a name, dependencies before what refers to them. */
function namedSchemas(): TSchema[] {
  const exported: unknown[] = [problem, requests, views].flatMap((module) => Object.values(module));
  return exported.filter((value): value is TSchema => typeof value === "object" && value !== null && "$id" in value);
}
