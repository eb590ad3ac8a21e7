/** Which form of an answer a client wants: the object, a Table, metadata only; JSON, YAML. */
import { notAcceptable } from "../errors.ts";

export interface Accepted {
  readonly type: "json" | "yaml";
  readonly as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList" | "APIGroupDiscoveryList";
  readonly version?: string;
  /** A watch where every event carries one object, not a stream of media-typed frames. */
}

const known = ["application/json", "application/yaml"];
const transforms = new Set(["Table", "PartialObjectMetadata", "PartialObjectMetadataList"]);

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function clauses(header: string): Clause[] {
  return header.split(",").map((text) => {
    const [type = "", ...rest] = text.split(";").map((part) => part.trim());
    const parameters = rest.map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
    return { type: type.toLowerCase(), parameters: new Map(parameters) };
  });
}

/** Picks the first form that we can give. Throws 406 when there is none. */
export function negotiate(header: string | undefined): Accepted {
  if (header === undefined || header === "") return { type: "json" };
  for (const { type, parameters } of clauses(header)) {
    const form = formOf(type);
    if (form === undefined) continue;
    const as = parameters.get("as");
    if (as === undefined) return { type: form };
    const version = parameters.get("v") ?? "";
    if (parameters.get("g") !== "meta.k8s.io" || !transforms.has(as)) continue;
    if (version !== "v1" && version !== "v1beta1") continue;
    return { type: form, as: as as NonNullable<Accepted["as"]>, version };
  }
  throw notAcceptable([...known, "application/vnd.kubernetes.protobuf"].slice(0, 2));
}

/** The aggregated form of discovery, when the client asks for it in a version we know. */
export function wantsAggregatedDiscovery(header: string | undefined): "v2" | "v2beta1" | undefined {
  for (const { type, parameters } of clauses(header ?? "")) {
    if (formOf(type) !== "json") continue;
    if (parameters.get("g") !== "apidiscovery.k8s.io" || parameters.get("as") !== "APIGroupDiscoveryList") {
      if (type === "application/json") return undefined;
      continue;
    }
    const version = parameters.get("v");
    if (version === "v2" || version === "v2beta1") return version;
  }
  return undefined;
}

function formOf(type: string): "json" | "yaml" | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  if (type === "application/yaml" || type === "text/yaml") return "yaml";
  return undefined;
}
