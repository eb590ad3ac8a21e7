/** OpenAPI documents, made when asked for and kept for a minute: they are big, and clients ask for several at a time. */
import { createHash } from "node:crypto";
import type { Registry } from "../registry/registry.ts";
import { groupVersion, type Resource } from "../registry/resource.ts";
import { openApiV2, openApiV2Protobuf, openApiV3, openApiV3Index, type ServedResource } from "../schema/index.ts";
import { versionInfo } from "./version.ts";

const keepMs = 60_000;

export class OpenApiDocuments {
  readonly #registry: Registry;
  #generation = -1;
  readonly #documents = new Map<string, Buffer>();
  #v2: Buffer | undefined;
  #forgetting: NodeJS.Timeout | undefined;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** GET /openapi/v3 */
  index(): object {
    this.#refresh();
    const documents = this.#registry.groups().flatMap(({ group, versions }) =>
      versions.map(({ version, resources }) => {
        const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
        return { path, hash: hashOf(resources) };
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
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => this.#forget(), keepMs).unref();
    if (this.#generation === this.#registry.generation) return;
    this.#generation = this.#registry.generation;
    this.#forget();
  }

  #forget(): void {
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

/** Changes with the content: of built-in groups never, of custom ones with their CRDs. */
function hashOf(resources: readonly Resource[]): string {
  const text = JSON.stringify(resources.map((r) => [r.kind, r.plural, r.revision ?? versionInfo.gitVersion]));
  return createHash("sha256").update(text).digest("hex").toUpperCase();
}
