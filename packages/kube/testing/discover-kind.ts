/** Kinds that are known only at run time, such as those of a manifest that is applied. */
import { type Client, defineKind, isNotFound, type Kind, type KubeObject } from "@keelson/kube";

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** The descriptor of a kind as the API server serves it; undefined when it does not. */
export async function discoverKind(
  client: Client,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): Promise<Kind<KubeObject> | undefined> {
  const [group = "", version = apiVersion] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  try {
    const path = group === "" ? `/api/${version}` : `/apis/${apiVersion}`;
    const { body } = await client.raw({ path, headers: { accept: "application/json" } });
    const { resources } = JSON.parse(body.toString()) as ResourceList;
    const found = resources.find((each) => each.kind === kind && !each.name.includes("/"));
    return found && defineKind({ group, version, kind, plural: found.name, namespaced: found.namespaced });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
