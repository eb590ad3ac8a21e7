/** What a URL asks for, in the words of authorisation: verb, group, resource, namespace, name, sub-resource. */
import { FieldSelector, parseFieldSelector } from "../selectors/fields.ts";

export interface RequestInfo {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly method: string;
  /** False for /version, /healthz, discovery and the like. */
  readonly isResource: boolean;
  /** get, list, watch, create, update, patch, delete, deletecollection; the lower-case method for other paths. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  /** Path segments after the sub-resource: what `proxy` passes on. */
  readonly rest: readonly string[];
}

const methodVerbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
  GET: "get",
  HEAD: "get",
};

/** Sub-resources of a namespace itself; anything else after its name is a resource in it. */
const namespaceSubresources = new Set(["status", "finalize"]);

export function isTrue(value: string | null): boolean {
  return value !== null && value !== "false" && value !== "0" && value !== "False";
}

export function parseRequest(method: string, url: string): RequestInfo {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const segments = path
    .split("/")
    .filter((s) => s !== "")
    .map(decodeSegment);
  const other = {
    path,
    query,
    method,
    isResource: false,
    verb: method.toLowerCase(),
    group: "",
    version: "",
    namespace: "",
    resource: "",
    name: "",
    subresource: "",
    rest: [],
  };
  const [root] = segments;
  if (root !== "api" && root !== "apis") return other;
  const versionAt = root === "api" ? 1 : 2;
  if (segments.length < versionAt + 2) return other;
  const group = root === "api" ? "" : (segments[1] ?? "");
  const version = segments[versionAt] ?? "";
  let parts = segments.slice(versionAt + 1);
  let verb = methodVerbs[method] ?? method.toLowerCase();
  if (parts[0] === "watch" && parts.length > 1) {
    verb = "watch";
    parts = parts.slice(1);
  }
  let namespace = "";
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1] ?? "";
    const third = parts[2];
    if (third !== undefined && !namespaceSubresources.has(third)) parts = parts.slice(2);
  }
  const [resource = "", name = "", subresource = "", ...rest] = parts;
  if (name === "" && verb === "get") verb = isTrue(query.get("watch")) && query.get("watch") !== "" ? "watch" : "list";
  if (name === "" && verb === "delete") verb = "deletecollection";
  return {
    ...other,
    isResource: true,
    verb,
    group,
    version,
    namespace,
    resource,
    name: name || selectedName(verb, query),
    subresource,
    rest,
  };
}

/** A list of one name counts as a request for that name: rules with `resourceNames` allow it. */
function selectedName(verb: string, query: URLSearchParams): string {
  if (verb !== "list" && verb !== "watch" && verb !== "deletecollection") return "";
  const text = query.get("fieldSelector");
  if (text === null || text === "") return "";
  try {
    return parseFieldSelector(text, () => undefined).exactName ?? "";
  } catch {
    return FieldSelector.everything.exactName ?? "";
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
