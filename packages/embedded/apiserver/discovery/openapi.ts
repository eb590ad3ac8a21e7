/** OpenAPI documents, made when first asked for and kept as bytes until what is served changes. */
import { createHash } from "node:crypto";
import type { Registry } from "../registry/registry.ts";
import { groupVersion, type Resource } from "../registry/resource.ts";
import { openApiV2, openApiV2Protobuf, openApiV3, openApiV3Index, type ServedResource } from "../schema/index.ts";

export class OpenApiDocuments {
  readonly #registry: Registry;
  #generation = -1;
  readonly #documents = new Map<string, Buffer>();
  #v2: Buffer | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** GET /openapi/v3 */
  index(): object {
    this.#refresh();
    const documents = this.#registry.groups().flatMap(({ group, versions }) =>
      versions.map(({ version, resources }) => {
        const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
        return { path, hash: hashOf(this.#registry.generation, resources) };
      }),
    );
    return openApiV3Index(documents);
  }

  /** GET /openapi/v3/api/v1 and /openapi/v3/apis/GROUP/VERSION */
  document(group: string, version: string): Buffer | undefined {
    this.#refresh();
    const resources = this.#registry.groupVersionResources(group, version);
    if (resources === undefined) return undefined;
    const key = groupVersion({ group, version });
    let bytes = this.#documents.get(key);
    if (bytes === undefined) {
      bytes = Buffer.from(JSON.stringify(openApiV3({ group, version }, resources.map(served))));
      this.#documents.set(key, bytes);
    }
    return bytes;
  }

  /** GET /openapi/v2 */
  v2(): Buffer {
    this.#refresh();
    this.#v2 ??= Buffer.from(JSON.stringify(openApiV2(this.#registry.all().map(served))));
    return this.#v2;
  }

  /** The same in protobuf, which kubectl asks for. */
  v2Protobuf(): Buffer {
    return openApiV2Protobuf(this.#registry.all().map(served));
  }

  #refresh(): void {
    if (this.#generation === this.#registry.generation) return;
    this.#generation = this.#registry.generation;
    this.#documents.clear();
    this.#v2 = undefined;
  }
}

function served(resource: Resource): ServedResource {
  const { group, version, kind, plural, namespaced, verbs, subresources, crd } = resource;
  return {
    group,
    version,
    kind,
    plural,
    namespaced,
    verbs,
    subresources: subresources.map((s) => s.name),
    crd: crd?.(),
  };
}

function hashOf(generation: number, resources: readonly Resource[]): string {
  const isBuiltin = resources.every((r) => !r.isCustom);
  const text = JSON.stringify([isBuiltin ? 0 : generation, resources.map((r) => [r.kind, r.plural])]);
  return createHash("sha256").update(text).digest("hex").toUpperCase();
}
