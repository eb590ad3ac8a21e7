/** The label and field selectors of a list or watch, and which objects they let through. */
import { badRequest } from "../errors.ts";
import type { RequestInfo } from "../http/request-info.ts";
import { wireObject } from "../registry/codec.ts";
import type { Resource } from "../registry/resource.ts";
import { getPath } from "../schema/index.ts";
import { FieldSelector, parseFieldSelector } from "../selectors/fields.ts";
import { type LabelSelector, parseLabelSelector } from "../selectors/labels.ts";
import type { Stored } from "../storage/stored.ts";

export interface Selection {
  /** Undefined: everything is selected. */
  readonly selects: ((stored: Stored) => boolean) | undefined;
  /** The only name that can match. */
  readonly name: string | undefined;
}

/**
 * Parses both selectors; 400 for what cannot be read or a field that the resource does not have. A name in the path of the request
 * selects as `metadata.name` does: it is all that was authorised.
 */
export function parseSelection(resource: Resource, { query, name }: Pick<RequestInfo, "query" | "name">): Selection {
  const labels = parseLabelSelector(query.get("labelSelector") ?? undefined);
  const readers = new Map<string, (stored: Stored) => string>([
    ["metadata.name", (s) => s.object.metadata.name ?? ""],
    ["metadata.namespace", (s) => s.object.metadata.namespace ?? ""],
  ]);
  for (const [field, read] of Object.entries(resource.rules.selectable ?? {})) {
    readers.set(field, (s) => read(s.object));
  }
  for (const field of resource.custom?.selectableFields ?? []) {
    const path = field.split(".");
    readers.set(field, (s) => textOf(getPath(wireObject(resource, s), ...path)));
  }
  const fields = parseFieldSelector(query.get("fieldSelector") ?? undefined, (field) =>
    readers.has(field) ? undefined : unknownField(resource, field),
  );
  if (name !== "" && !fields.isEverything && fields.exactName !== name)
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  const named = name !== "" && fields.isEverything ? FieldSelector.exactly("metadata.name", name) : fields;
  if (labels.isEverything && named.isEverything) return { selects: undefined, name: undefined };
  return { selects: selectorOf(labels, named, readers), name: named.exactName };
}

/** Kinds with fields of their own say it in other words than those without. */
function unknownField(resource: Resource, field: string): string {
  if (resource.isCustom || resource.rules.selectable !== undefined) return `field label not supported: ${field}`;
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function selectorOf(
  labels: LabelSelector,
  fields: FieldSelector,
  readers: ReadonlyMap<string, (stored: Stored) => string>,
): (stored: Stored) => boolean {
  const used = fields.fields;
  return (stored) => {
    if (!labels.matches(stored.object.metadata.labels)) return false;
    if (used.length === 0) return true;
    const values: Record<string, string> = {};
    for (const field of used) values[field] = readers.get(field)?.(stored) ?? "";
    return fields.matches(values);
  };
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** A resourceVersion parameter as a number; undefined when it is not given. */
export function parseResourceVersion(text: string | null): number | undefined {
  if (text === null || text === "") return undefined;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}
