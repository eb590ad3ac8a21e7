/** About the server itself: health, the API's description, what databases can be made of. */
import { kinds } from "@keelson/kube";
import { ref } from "../api/schema.ts";
import { Catalogue, Health } from "../api/views.ts";
import { DEFAULT_VERSION, versions } from "../manifest/database.ts";
import { sizes } from "../manifest/sizes.ts";
import type { Parts } from "../parts.ts";
import { answers, type TypedApp } from "./typed.ts";

const tags = ["server"];
/** Namespaces of Kubernetes itself: no place for a database. */
const system = /^(kube-|keelson-system$|local-path-storage$)/;

export function addMetaRoutes(app: TypedApp, parts: Parts): void {
  app.get(
    "/health",
    {
      config: { access: "anyone" },
      schema: {
        tags,
        summary: "Whether the server knows the state of Kubernetes",
        response: { ...answers(200, ref(Health)), 503: ref(Health) },
        security: [],
      },
    },
    async (request, reply) => {
      const problems = parts.fleet.problems();
      // What is wrong inside is told to those only who are signed in.
      const waitingFor = request.caller === undefined ? problems.map((text) => text.split(":", 1)[0] ?? "") : problems;
      return reply
        .code(problems.length === 0 ? 200 : 503)
        .send({ ready: problems.length === 0, version: parts.version, waitingFor });
    },
  );

  app.get(
    "/catalogue",
    {
      schema: {
        tags,
        summary: "Namespaces, versions and sizes that a new database can have",
        response: answers(200, ref(Catalogue)),
      },
    },
    async () => {
      const { items } = await parts.client.list(kinds.Namespace);
      return {
        namespaces: items
          .filter(({ metadata }) => !system.test(metadata.name) && metadata.deletionTimestamp === undefined)
          .map(({ metadata }) => metadata.name),
        versions: versions.map((version) => ({ version, isDefault: version === DEFAULT_VERSION })),
        sizes: sizes.map(({ id, title, cpu, memory }) => ({ id, title, cpu, memory })),
      };
    },
  );

  app.get("/openapi.json", { config: { access: "anyone" }, schema: { hide: true } }, async () => app.swagger());
}
