/** `Table`: what `kubectl get` prints, rendered here so that every client shows the same columns. */
import { badRequest } from "../errors.ts";
import type { Resource } from "../registry/resource.ts";
import type { JsonObject, KubeObject } from "../types.ts";
import { builtinColumns } from "./builtin.ts";
import type { Column } from "./column.ts";
import { createdColumn, nameColumn } from "./common.ts";
import { partialMetadata } from "./partial-metadata.ts";
import { podRowConditions } from "./pods.ts";

function columnsOf(resource: Resource): readonly Column[] {
  if (resource.custom === undefined) return builtinColumns[resource.kind] ?? [nameColumn, createdColumn];
  const own = resource.custom.columns.map(
    (column): Column => ({
      name: column.name,
      type: column.type,
      ...(column.format !== "" && { format: column.format }),
      description: column.description,
      priority: column.priority,
      cell: (object, now) => column.cell(object, now),
    }),
  );
  return [nameColumn, ...own];
}

/** The Table of `objects`; `includeObject` says what each row carries beside its cells. */
export function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: JsonObject,
  includeObject: string | null,
  now: Date,
  version = "v1",
): JsonObject {
  const columns = columnsOf(resource);
  const nowMs = now.getTime();
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columns.map((c) => ({
      name: c.name,
      type: c.type ?? "string",
      format: c.format ?? "",
      description: c.description ?? "",
      priority: c.priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((c) => c.cell(object, nowMs)),
      ...rowConditions(resource, object),
      ...rowObject(object, includeObject, version),
    })),
  };
}

function rowConditions(resource: Resource, object: KubeObject): JsonObject {
  const conditions = resource.collection === "pods" ? podRowConditions(object) : undefined;
  return conditions === undefined ? {} : { conditions };
}

function rowObject(object: KubeObject, includeObject: string | null, version: string): JsonObject {
  switch (includeObject ?? "") {
    case "":
    case "Metadata":
      return { object: partialMetadata(object, version) };
    case "Object":
      return { object };
    case "None":
      return { object: null };
    default:
      throw badRequest(`unrecognized includeObject value: "${includeObject}"`);
  }
}
