import type { FieldError } from "../field-error.ts";
import type { JsonObject } from "../json.ts";
import type { CompiledCrd } from "./types.ts";

export type { CompiledCrd, CompiledVersion, CrdNames, ScalePaths, TableColumn } from "./types.ts";

/** Fills in what the API server defaults in a CRD: singular, listKind, conversion, scope of names. In place. */
export function defaultCrd(_crd: JsonObject): void {
  throw new Error("not implemented");
}

/** Judges the CRD itself, structural rules and CEL compilation included. With `old`: what may not change. */
export function validateCrd(_crd: JsonObject, _old?: JsonObject): readonly FieldError[] {
  throw new Error("not implemented");
}

/** Compiles a CRD that `validateCrd` found good. */
export function compileCrd(_crd: JsonObject): CompiledCrd {
  throw new Error("not implemented");
}
