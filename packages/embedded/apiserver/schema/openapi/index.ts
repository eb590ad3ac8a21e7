import type { CompiledCrd } from "../crd/index.ts";
import type { JsonObject } from "../json.ts";

/** A resource that the server serves: what discovery knows of it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** status, scale, ... */
  readonly subresources: readonly string[];
  /** The CRD's own `spec.versions[].schema.openAPIV3Schema`, with descriptions. Undefined: a built-in kind. */
  readonly crd?: { readonly openAPIV3Schema: JsonObject | undefined; readonly compiled: CompiledCrd } | undefined;
}

/** The document of one group-version (`api/v1`, `apis/apps/v1`) of all `resources` of that group-version. */
export function openApiV3(
  _groupVersion: { readonly group: string; readonly version: string },
  _resources: readonly ServedResource[],
): JsonObject {
  throw new Error("not implemented");
}

/** Body of GET /openapi/v3: a URL with a hash for each group-version. */
export function openApiV3Index(_documents: readonly { readonly path: string; readonly hash: string }[]): JsonObject {
  throw new Error("not implemented");
}

/** Minimal Swagger 2 for old clients: definitions and no paths. */
export function openApiV2(_resources: readonly ServedResource[]): JsonObject {
  throw new Error("not implemented");
}
