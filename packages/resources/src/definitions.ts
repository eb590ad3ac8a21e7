/**
 * Entry point of everything that needs schemas at run time: the generator of CRDs and reference pages, and tests.
 * Programs use `@keelson/resources`, which loads none of this.
 */
import type { ResourceDefinition } from "./definition.ts";
import { postgresqlDefinitions } from "./postgresql/definitions.ts";

export { type CustomResourceDefinition, customResourceDefinition } from "./crd/crd.ts";
export { manifestYaml } from "./crd/yaml.ts";
export type { PrinterColumn, ResourceDefinition } from "./definition.ts";
export { referenceIndex, referencePage } from "./reference/page.ts";

/** Every kind Keelson serves. */
export const definitions: readonly ResourceDefinition[] = [...postgresqlDefinitions];
