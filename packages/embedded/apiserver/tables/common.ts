/** Columns and cells that many kinds share. */
import { formatLabelSelector, type SelectorObject } from "../selectors/labels.ts";
import { type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { age, type Column } from "./column.ts";

export const none = "<none>";

export const nameColumn: Column = { name: "Name", format: "name", cell: (object) => object.metadata.name ?? "" };
export const ageColumn: Column = { name: "Age", cell: (object, now) => age(object.metadata.creationTimestamp, now) };
export const createdColumn: Column = {
  name: "Created At",
  type: "date",
  cell: (object) => object.metadata.creationTimestamp ?? "",
};

/** A column that `-o wide` alone shows. */
export function wide(column: Column): Column {
  return { ...column, priority: 1 };
}

/** A column whose cell is a text; "" without one. */
export function text(name: string, cell: (object: KubeObject) => string | undefined): Column {
  return { name, cell: (object) => cell(object) ?? "" };
}

export function integer(name: string, cell: (object: KubeObject) => number | undefined): Column {
  return { name, type: "integer", cell: (object) => cell(object) ?? 0 };
}

export function specOf(object: KubeObject): JsonObject {
  return objectAt(object, "spec") ?? {};
}

export function statusOf(object: KubeObject): JsonObject {
  return objectAt(object, "status") ?? {};
}

export function number(object: JsonObject, field: string): number {
  const value = object[field];
  return typeof value === "number" ? value : 0;
}

/** `a=b,c=d`, sorted; `<none>` for nothing. */
export function labelsText(labels: JsonObject | undefined): string {
  const parts = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return parts.length === 0 ? none : parts.sort().join(",");
}

export function selectorText(selector: unknown): string {
  const formatted = formatLabelSelector((selector ?? undefined) as SelectorObject | undefined);
  return formatted === "" ? none : formatted;
}

/** Containers and images of a template, for the wide columns of workloads. */
export function templateColumns(template: (object: KubeObject) => JsonObject | undefined): Column[] {
  const containers = (object: KubeObject): JsonObject[] => objectsAt(objectAt(template(object), "spec"), "containers");
  const list = (object: KubeObject, field: string): string =>
    containers(object)
      .map((container) => stringAt(container, field) ?? "")
      .join(",");
  return [wide(text("Containers", (o) => list(o, "name"))), wide(text("Images", (o) => list(o, "image")))];
}
