import { getPath, isArray, isObject, type JsonObject } from "../json.ts";
import { compileJsonPath, type JsonPath, JsonPathError } from "../json-path.ts";
import { humanDuration } from "./human-duration.ts";
import type { TableColumn } from "./types.ts";

/** The columns behind `Name` that a CRD version asks for; without any, the age. */
export function tableColumns(version: JsonObject): readonly TableColumn[] {
  const declared = version["additionalPrinterColumns"];
  if (!isArray(declared) || declared.length === 0) {
    return [column({ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" })];
  }
  return declared.filter(isObject).map(column);
}

function column(source: JsonObject): TableColumn {
  const text = (field: string): string => String(source[field] ?? "");
  const type = text("type");
  const jsonPath = text("jsonPath");
  const find = lazyPath(jsonPath);
  return {
    name: text("name"),
    type,
    format: text("format"),
    description: text("description") || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: Number(getPath(source, "priority") ?? 0),
    cell: (object, now) => {
      const [value] = find(object);
      return value === undefined || value === null ? null : cell(value, type, now);
    },
  };
}

/** A path that cannot be read finds nothing: one bad column must not make a kind unlistable. */
function lazyPath(text: string): JsonPath["find"] {
  let path: JsonPath | undefined;
  return (object) => {
    try {
      path ??= compileJsonPath(text);
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      path = { find: () => [] };
    }
    return path.find(object);
  };
}

function cell(value: unknown, type: string, now: number): ReturnType<TableColumn["cell"]> {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" ? age(value, now) : null;
    default:
      return null;
  }
}

function age(timestamp: string, now: number): string {
  const time = Date.parse(timestamp);
  return Number.isNaN(time) ? "<invalid>" : humanDuration(now - time);
}
