/** Which resources the API server serves. */
import { type Client, defineKind, type Kind } from "@keelson/kube";

/** One served resource, in the version its group prefers. */
export interface ApiResource {
  readonly kind: Kind;
  readonly verbs: readonly string[];
}

interface GroupList {
  readonly groups?: readonly { readonly name: string; readonly preferredVersion?: { readonly version: string } }[];
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/** Asks for everything, once. Sub-resources are left out. */
export async function discoverResources(client: Client, signal: AbortSignal): Promise<readonly ApiResource[]> {
  const { groups = [] } = await getJson<GroupList>(client, "/apis", signal);
  const versions = [
    { group: "", version: "v1" },
    ...groups.map(({ name, preferredVersion }) => ({ group: name, version: preferredVersion?.version ?? "v1" })),
  ];
  const lists = await Promise.all(versions.map((each) => resourcesOf(client, each, signal)));
  return lists.flat();
}

async function resourcesOf(
  client: Client,
  { group, version }: { readonly group: string; readonly version: string },
  signal: AbortSignal,
): Promise<readonly ApiResource[]> {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const { resources = [] } = await getJson<ResourceList>(client, path, signal);
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map(({ name, kind, namespaced, verbs }) => ({
      kind: defineKind({ group, version, kind, plural: name, namespaced }),
      verbs,
    }));
}

async function getJson<T>(client: Client, path: string, signal: AbortSignal): Promise<T> {
  const { body } = await client.raw({ path, signal });
  return JSON.parse(body.toString("utf8")) as T;
}
