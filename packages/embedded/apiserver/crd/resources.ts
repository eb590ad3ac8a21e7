/** From a CRD to the resources it serves. The schema is compiled when the first object or table needs it. */
import { internalError, type StatusError } from "../errors.ts";
import type { Resource, Subresource } from "../registry/resource.ts";
import { allVerbs } from "../registry/resource.ts";
import { type CompiledCrd, type CompiledVersion, compileCrd, getPath } from "../schema/index.ts";
import type { Stored } from "../storage/stored.ts";
import { isObject, type JsonObject, objectAt, objectsAt, stringAt } from "../types.ts";

/** Told how the compilation of a CRD went: what is wrong with it, or undefined when it is good. */
export type CompilationReport = (problem: string | undefined) => void;

/** Compiles at most once; the parsed CRD is not kept, it is read again from the store's bytes. */
class LazyCrd {
  readonly #stored: Stored;
  readonly #report: CompilationReport;
  #compiled: CompiledCrd | undefined;
  #failure: StatusError | undefined;

  constructor(stored: Stored, report: CompilationReport) {
    this.#stored = stored;
    this.#report = report;
  }

  /** Throws a 500 when the CRD cannot be compiled: one that an older version of ours took, or that came in past it. */
  get compiled(): CompiledCrd {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#compiled !== undefined) return this.#compiled;
    try {
      this.#compiled = compileCrd(this.#stored.object);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#failure = internalError(`the CustomResourceDefinition ${this.#stored.key} cannot be compiled: ${why}`);
      this.#report(why);
      throw this.#failure;
    }
    this.#report(undefined);
    return this.#compiled;
  }

  version(name: string): CompiledVersion | undefined {
    return this.compiled.versions.get(name);
  }

  openApiSchema(version: string): JsonObject | undefined {
    const source = objectsAt(this.#stored.object.spec, "versions").find((v) => v["name"] === version);
    return objectAt(objectAt(source, "schema"), "openAPIV3Schema");
  }
}

/** The resources of a CRD: one for each served version. Empty while its names are not accepted. */
export function resourcesOf(stored: Stored, report: CompilationReport = () => {}): Resource[] {
  const { spec } = stored.object;
  const names = objectAt(spec, "names");
  const versions = objectsAt(spec, "versions");
  const storageVersion = stringAt(
    versions.find((v) => v["storage"] === true),
    "name",
  );
  const { uid, generation } = stored.object.metadata;
  const revision = `${uid}/${generation}`;
  const crd = new LazyCrd(stored, report);
  return versions
    .filter((v) => v["served"] === true)
    .map((version) => resourceOf({ spec, names, version, storageVersion, revision, crd }));
}

interface Source {
  readonly spec: unknown;
  readonly names: JsonObject | undefined;
  readonly version: JsonObject;
  readonly storageVersion: string | undefined;
  readonly revision: string;
  readonly crd: LazyCrd;
}

function resourceOf({ spec, names, version, storageVersion, revision, crd }: Source): Resource {
  const group = stringAt(spec, "group") ?? "";
  const name = stringAt(version, "name") ?? "";
  const kind = stringAt(names, "kind") ?? "";
  const plural = stringAt(names, "plural") ?? "";
  const subresources = objectAt(version, "subresources");
  const scale = objectAt(subresources, "scale");
  return {
    group,
    version: name,
    plural,
    singular: stringAt(names, "singular") ?? kind.toLowerCase(),
    kind,
    listKind: stringAt(names, "listKind") ?? `${kind}List`,
    namespaced: stringAt(spec, "scope") === "Namespaced",
    shortNames: stringsAt(names, "shortNames"),
    categories: stringsAt(names, "categories"),
    verbs: allVerbs,
    subresources: subresourcesOf(kind, subresources),
    rules: {},
    collection: `${group}/${plural}`,
    isCustom: true,
    get custom() {
      return crd.version(name);
    },
    schema: () => crd.version(name)?.typeSchema,
    storageVersion,
    revision,
    deprecation: deprecationOf(version, `${group}/${name} ${kind}`),
    crd: () => ({ openAPIV3Schema: crd.openApiSchema(name), compiled: crd.compiled }),
    ...(scale !== undefined && {
      scale: {
        specReplicas: pathOf(stringAt(scale, "specReplicasPath")),
        statusReplicas: pathOf(stringAt(scale, "statusReplicasPath")),
        selector: (object) => String(getPath(object, ...pathOf(stringAt(scale, "labelSelectorPath"))) ?? ""),
      },
    }),
  };
}

function deprecationOf(version: JsonObject, what: string): string | undefined {
  if (version["deprecated"] !== true) return undefined;
  return stringAt(version, "deprecationWarning") ?? `${what} is deprecated`;
}

function subresourcesOf(kind: string, declared: JsonObject | undefined): Subresource[] {
  const verbs = ["get", "patch", "update"];
  const found: Subresource[] = [];
  if (isObject(declared?.["scale"]))
    found.push({ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs });
  if (isObject(declared?.["status"])) found.push({ name: "status", kind, verbs });
  return found;
}

/** `.spec.replicas` as `["spec", "replicas"]`; a path that finds nothing when there is none. */
function pathOf(text: string | undefined): string[] {
  return text === undefined ? ["\0"] : text.split(".").filter((part) => part !== "");
}

function stringsAt(value: JsonObject | undefined, key: string): string[] {
  const list = value?.[key];
  return Array.isArray(list) ? list.map(String) : [];
}
