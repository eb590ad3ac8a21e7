/** Discovery: which groups, versions and resources there are. */
import type { Registry, ServedGroup } from "../registry/registry.ts";
import { groupVersion, type Resource } from "../registry/resource.ts";
import type { JsonObject } from "../types.ts";

/** GET /api */
export function apiVersions(serverAddress: string): JsonObject {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** GET /apis */
export function groupList(registry: Registry): JsonObject {
  const groups = registry
    .groups()
    .filter((g) => g.group !== "")
    .map(groupEntry);
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

/** GET /apis/GROUP */
export function groupDocument(registry: Registry, group: string): JsonObject | undefined {
  const found = registry.groups().find((g) => g.group === group && group !== "");
  return found === undefined ? undefined : { kind: "APIGroup", apiVersion: "v1", ...groupEntry(found) };
}

function groupEntry({ group, versions }: ServedGroup): JsonObject {
  const entries = versions.map(({ version }) => ({ groupVersion: groupVersion({ group, version }), version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

/** GET /api/v1 and /apis/GROUP/VERSION */
export function resourceList(registry: Registry, group: string, version: string): JsonObject | undefined {
  const resources = registry.groupVersionResources(group, version);
  if (resources === undefined) return undefined;
  return {
    kind: "APIResourceList",
    ...(group !== "" && { apiVersion: "v1" }),
    groupVersion: groupVersion({ group, version }),
    resources: resources.flatMap(resourceEntries),
  };
}

function resourceEntries(resource: Resource): JsonObject[] {
  const main = {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(resource.verbs.includes("watch") && { storageVersionHash: storageVersionHash(resource) }),
  };
  const subresources = resource.subresources.map((sub) => ({
    name: `${resource.plural}/${sub.name}`,
    singularName: "",
    namespaced: resource.namespaced,
    ...(sub.group !== undefined && { group: sub.group }),
    ...(sub.version !== undefined && { version: sub.version }),
    kind: sub.kind,
    verbs: sub.verbs,
  }));
  return [main, ...subresources];
}

function storageVersionHash(resource: Resource): string {
  return Buffer.from(`${groupVersion(resource)}/${resource.kind}`)
    .toString("base64")
    .slice(0, 11)
    .concat("=");
}

/** GET /api or /apis in the aggregated form: everything in one answer. */
export function aggregatedDiscovery(registry: Registry, core: boolean, apiVersion: "v2" | "v2beta1"): JsonObject {
  const items = registry
    .groups()
    .filter((g) => (g.group === "") === core)
    .map(({ group, versions }) => ({
      metadata: { ...(group !== "" && { name: group }), creationTimestamp: null },
      versions: versions.map(({ version, resources }) => ({
        version,
        resources: resources.map((r) => aggregatedResource(r)),
        freshness: "Current",
      })),
    }));
  return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${apiVersion}`, metadata: {}, items };
}

function aggregatedResource(resource: Resource): JsonObject {
  const { group, version, kind } = resource;
  const subresources = resource.subresources.map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
