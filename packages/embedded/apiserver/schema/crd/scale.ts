import type { FieldError } from "../field-error.ts";
import { getField, isArray, isObject, type JsonObject } from "../json.ts";
import type { ScalePaths } from "./types.ts";

const mostReplicas = 2_147_483_647;

/** The numbers that the scale sub-resource shows are numbers, and can be ones of pods. */
export function findScaleErrors(object: JsonObject, scale: ScalePaths): readonly FieldError[] {
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap((path) => replicasErrors(object, path));
}

function replicasErrors(object: JsonObject, path: string): FieldError[] {
  const invalid = (badValue: unknown, detail: string): FieldError[] => [
    { type: "FieldValueInvalid", field: path, badValue, detail },
  ];
  let value: unknown = object;
  for (const step of path.split(".").slice(1)) {
    if (value === undefined || value === null) return [];
    if (!isObject(value)) return invalid(0, wrongType(path, value, "map[string]interface{}"));
    value = getField(value, step);
  }
  if (value === undefined) return [];
  if (typeof value !== "number" || !Number.isInteger(value)) return invalid(0, wrongType(path, value, "int64"));
  if (value < 0) return invalid(value, "should be a non-negative integer");
  return value > mostReplicas ? invalid(value, `should be less than or equal to ${mostReplicas}`) : [];
}

function wrongType(path: string, value: unknown, wanted: string): string {
  const shown = isArray(value) ? `[${value.map(String).join(" ")}]` : String(value);
  return `${path} accessor error: ${shown} is of the type ${goType(value)}, expected ${wanted}`;
}

function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}
