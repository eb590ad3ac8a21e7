/** What a URL asks for, in the words of authorisation: verb, group, resource, namespace, name, sub-resource. */
import { parseFieldSelector } from "../selectors/fields.ts";

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
  /** The path goes through a namespace to something in it: `/namespaces/NAME/RESOURCE`. */
  readonly isInNamespace: boolean;
  readonly resource: string;
  /** From the path, or of a list or watch the only name that its field selector lets through. */
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
  // Decoded first: a name never holds a slash, which would be another object's key.
  const segments = decoded(path)
    .split("/")
    .filter((s) => s !== "");
  const other = {
    path,
    query,
    method,
    isResource: false,
    verb: method.toLowerCase(),
    group: "",
    version: "",
    namespace: "",
    isInNamespace: false,
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
  let isInNamespace = false;
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1] ?? "";
    const third = parts[2];
    if (third !== undefined && !namespaceSubresources.has(third)) {
      isInNamespace = true;
      parts = parts.slice(2);
    }
  }
  const [resource = "", inPath = "", subresource = "", ...rest] = parts;
  let name = inPath;
  if (inPath === "" && verb === "get") {
    verb = isTrue(query.get("watch")) && query.get("watch") !== "" ? "watch" : "list";
    name = selectedName(query);
  }
  if (inPath === "" && verb === "delete") verb = "deletecollection";
  return {
    ...other,
    isResource: true,
    verb,
    group,
    version,
    namespace,
    isInNamespace,
    resource,
    name,
    subresource,
    rest,
  };
}

/** A list of one name counts as a request for that name: rules with `resourceNames` allow it. */
function selectedName(query: URLSearchParams): string {
  const text = query.get("fieldSelector");
  if (text === null || text === "") return "";
  try {
    const name = parseFieldSelector(text, () => undefined).exactName ?? "";
    return name === "." || name === ".." || /[/%]/.test(name) ? "" : name;
  } catch {
    return "";
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
