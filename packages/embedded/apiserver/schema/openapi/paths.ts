import type { JsonObject } from "../json.ts";
import type { ServedResource } from "./types.ts";

interface Schemas {
  readonly one: JsonObject;
  readonly list: JsonObject;
  readonly deleteOptions: JsonObject;
  readonly patch: JsonObject;
  readonly status: JsonObject;
}

const text = { type: "string", uniqueItems: true };
const flag = { type: "boolean", uniqueItems: true };
const number = { type: "integer", uniqueItems: true };

const query = (name: string, schema: JsonObject): JsonObject => ({ name, in: "query", schema });

const listParameters = [
  query("allowWatchBookmarks", flag),
  query("continue", text),
  query("fieldSelector", text),
  query("labelSelector", text),
  query("limit", number),
  query("resourceVersion", text),
  query("resourceVersionMatch", text),
  query("sendInitialEvents", flag),
  query("timeoutSeconds", number),
  query("watch", flag),
];
const writeParameters = [query("dryRun", text), query("fieldManager", text), query("fieldValidation", text)];
const patchParameters = [...writeParameters, query("force", flag)];
const deleteParameters = [
  query("dryRun", text),
  query("gracePeriodSeconds", number),
  query("orphanDependents", flag),
  query("propagationPolicy", text),
];

/** The paths of a resource, with the operations and query parameters that clients look for. */
export function resourcePaths(resource: ServedResource, schemas: Schemas): Record<string, JsonObject> {
  const { group, version, plural, namespaced, verbs } = resource;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const operation = operations(resource);
  const has = (verb: string): boolean => verbs.includes(verb);
  const collectionPath: JsonObject = { parameters: pathParameters(namespaced ? ["namespace"] : []) };
  if (has("list")) collectionPath["get"] = operation("list", { parameters: listParameters, answer: schemas.list });
  if (has("create")) {
    collectionPath["post"] = operation("post", { parameters: writeParameters, body: schemas.one, answer: schemas.one });
  }
  if (has("deletecollection")) {
    const parameters = [...deleteParameters, ...listParameters];
    collectionPath["delete"] = operation("deletecollection", {
      parameters,
      body: schemas.deleteOptions,
      answer: schemas.status,
    });
  }
  const paths: Record<string, JsonObject> = { [collection]: collectionPath };
  if (has("get")) {
    paths[`${collection}/{name}`] = objectPath(resource, schemas, has);
    for (const subresource of resource.subresources.filter((name) => name === "status")) {
      paths[`${collection}/{name}/${subresource}`] = objectPath(
        resource,
        schemas,
        (verb) => verb !== "delete" && has(verb),
      );
    }
  }
  if (namespaced && has("list")) {
    paths[`${root}/${plural}`] = { get: operation("list", { parameters: listParameters, answer: schemas.list }) };
  }
  return paths;
}

function objectPath(resource: ServedResource, schemas: Schemas, has: (verb: string) => boolean): JsonObject {
  const operation = operations(resource);
  const path: JsonObject = { parameters: pathParameters(resource.namespaced ? ["name", "namespace"] : ["name"]) };
  const { one } = schemas;
  path["get"] = operation("get", { parameters: [], answer: one });
  if (has("update")) path["put"] = operation("put", { parameters: writeParameters, body: one, answer: one });
  if (has("patch")) {
    const kinds = ["apply-patch+yaml", "json-patch+json", "merge-patch+json"];
    if (resource.crd === undefined) kinds.push("strategic-merge-patch+json");
    const types = kinds.map((kind) => `application/${kind}`);
    path["patch"] = operation("patch", { parameters: patchParameters, body: schemas.patch, types, answer: one });
  }
  if (has("delete")) {
    path["delete"] = operation("delete", {
      parameters: deleteParameters,
      body: schemas.deleteOptions,
      answer: schemas.status,
    });
  }
  return path;
}

function pathParameters(names: readonly string[]): JsonObject[] {
  return [...names.map((name) => ({ name, in: "path", required: true, schema: text })), query("pretty", text)];
}

interface Operation {
  readonly parameters: readonly JsonObject[];
  readonly body?: JsonObject;
  readonly types?: readonly string[];
  readonly answer: JsonObject;
}

function operations({ group, version, kind }: ServedResource): (action: string, operation: Operation) => JsonObject {
  return (action, { parameters, body, types = ["*/*"], answer }) => ({
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { content: Object.fromEntries(types.map((type) => [type, { schema: body }])) },
    }),
    responses: { "200": { description: "OK", content: { "application/json": { schema: answer } } } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  });
}
