/** OpenAPI documents, made from the tables of the built-in kinds and from the CRDs' own schemas. */
import type { JsonObject } from "../json.ts";
import { Definitions } from "./definitions.ts";
import { resourcePaths } from "./paths.ts";
import { addKind } from "./served-schema.ts";
import type { ServedResource } from "./types.ts";

export type { ServedResource } from "./types.ts";
export { openApiV2Protobuf } from "./v2-protobuf.ts";

const info = { title: "Kubernetes", version: "v1.34.1" };
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** The document of one group-version (`api/v1`, `apis/apps/v1`) of all `resources` of that group-version. */
export function openApiV3(
  groupVersion: { readonly group: string; readonly version: string },
  resources: readonly ServedResource[],
): JsonObject {
  const definitions = new Definitions("#/components/schemas/");
  const common = {
    deleteOptions: definitions.reference(`${meta}.DeleteOptions`),
    patch: definitions.set(`${meta}.Patch`, { type: "object" }),
    status: definitions.reference(`${meta}.Status`),
  };
  const deleteOptions = definitions.schemas[`${meta}.DeleteOptions`];
  Object.assign(deleteOptions ?? {}, {
    "x-kubernetes-group-version-kind": [{ ...groupVersion, kind: "DeleteOptions" }],
  });
  const paths: JsonObject = {};
  for (const resource of resources) {
    Object.assign(paths, resourcePaths(resource, { ...addKind(resource, definitions), ...common }));
  }
  return { openapi: "3.0.0", info, paths, components: { schemas: definitions.schemas } };
}

/** Body of GET /openapi/v3: a URL with a hash for each group-version. */
export function openApiV3Index(documents: readonly { readonly path: string; readonly hash: string }[]): JsonObject {
  const paths = documents.map(({ path, hash }) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]);
  return { paths: Object.fromEntries(paths) };
}

/** Minimal Swagger 2 for old clients: definitions, and no paths. */
export function openApiV2(resources: readonly ServedResource[]): JsonObject {
  const definitions = new Definitions("#/definitions/");
  for (const resource of resources) {
    if (resource.crd === undefined) addKind(resource, definitions);
  }
  return { swagger: "2.0", info, paths: {}, definitions: definitions.schemas };
}
