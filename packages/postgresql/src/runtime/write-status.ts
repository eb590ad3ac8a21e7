/** Writes the status of a resource: whole, and only to the object that it was made for. */
import { isSameJson } from "@keelson/engine";
import type { Client, Kind, KubeObject, Live } from "@keelson/kube";

/** Nothing is sent when the status is as it was. Fails when the object has been replaced by another of its name. Gives whether it wrote. */
export async function writeStatus<T extends KubeObject & { readonly status?: unknown }>(
  kind: Kind<T>,
  object: Live<T>,
  status: NonNullable<T["status"]>,
  { client, signal }: { readonly client: Client; readonly signal: AbortSignal },
): Promise<boolean> {
  if (isSameJson(status, object.status ?? {})) return false;
  const { namespace, name, uid } = object.metadata;
  const body = [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "add", path: "/status", value: status },
  ];
  const at = namespace === undefined ? { name } : { namespace, name };
  await client.patch(kind as Kind, at, { type: "json", body }, { subresource: "status", signal });
  return true;
}
