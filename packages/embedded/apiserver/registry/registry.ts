/** The resources that are served right now: the built-in ones and those of CRDs. */
import { builtinResources } from "./builtin.ts";
import { groupVersion, type Resource } from "./resource.ts";

export interface ServedGroup {
  readonly group: string;
  /** Preferred version first. */
  readonly versions: readonly { readonly version: string; readonly resources: readonly Resource[] }[];
}

export class Registry {
  readonly #byPath = new Map<string, Resource>();
  readonly #custom = new Map<string, readonly Resource[]>();
  #groups: readonly ServedGroup[] | undefined;
  #generation = 0;

  constructor() {
    for (const resource of builtinResources) this.#byPath.set(pathOf(resource), resource);
  }

  /** Grows with every change of what is served: caches of discovery documents compare it. */
  get generation(): number {
    return this.#generation;
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** A built-in resource that surely is there. */
  builtin(group: string, plural: string): Resource {
    const found = builtinResources.find((r) => r.group === group && r.plural === plural);
    if (found === undefined) throw new Error(`no built-in resource ${group}/${plural}`);
    return found;
  }

  /** Any served version of a resource, the preferred first. */
  findAnyVersion(group: string, plural: string): Resource | undefined {
    return this.all().find((r) => r.group === group && r.plural === plural);
  }

  findKind(group: string, version: string, kind: string): Resource | undefined {
    return this.all().find((r) => r.group === group && r.version === version && r.kind === kind);
  }

  /** Replaces what the CRD `owner` serves; an empty list removes it. */
  setCustom(owner: string, resources: readonly Resource[]): void {
    for (const old of this.#custom.get(owner) ?? []) this.#byPath.delete(pathOf(old));
    if (resources.length === 0) this.#custom.delete(owner);
    else this.#custom.set(owner, resources);
    for (const resource of resources) this.#byPath.set(pathOf(resource), resource);
    this.#groups = undefined;
    this.#generation++;
  }

  all(): readonly Resource[] {
    return this.groups().flatMap((g) => g.versions.flatMap((v) => v.resources));
  }

  hasGroup(group: string): boolean {
    return this.groups().some((g) => g.group === group);
  }

  groupVersionResources(group: string, version: string): readonly Resource[] | undefined {
    return this.groups()
      .find((g) => g.group === group)
      ?.versions.find((v) => v.version === version)?.resources;
  }

  /** Groups in discovery order: core first, then the others as they were defined, versions by preference. */
  groups(): readonly ServedGroup[] {
    this.#groups ??= this.#collectGroups();
    return this.#groups;
  }

  #collectGroups(): ServedGroup[] {
    const groups = new Map<string, Map<string, Resource[]>>();
    for (const resource of this.#byPath.values()) {
      const versions = getOrMake(groups, resource.group, () => new Map<string, Resource[]>());
      getOrMake(versions, resource.version, () => []).push(resource);
    }
    return [...groups].map(([group, versions]) => ({
      group,
      versions: [...versions]
        .sort(([a], [b]) => compareVersions(a, b))
        .map(([version, resources]) => ({
          version,
          resources: resources.sort((a, b) => (a.plural < b.plural ? -1 : 1)),
        })),
    }));
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function pathOf(resource: Resource): string {
  return `${resource.group}/${resource.version}/${resource.plural}`;
}

const versionPattern = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Kubernetes' order of versions: stable before beta before alpha, greater numbers first, others by name at the end. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [versionPattern.exec(a), versionPattern.exec(b)];
  if (x === null || y === null) {
    if (x === null && y === null) return a < b ? -1 : a > b ? 1 : 0;
    return x === null ? 1 : -1;
  }
  const stability = (m: RegExpExecArray): number => (m[2] === undefined ? 2 : m[2] === "beta" ? 1 : 0);
  return stability(y) - stability(x) || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0);
}

export { groupVersion };
