/** Creates an object or brings it to what is wanted, and sets its status. */
import { type Client, isAlreadyExists, type Kind, type KubeObject, refOf } from "@keelson/kube";

export async function put<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: NoInfer<T>,
  status?: unknown,
): Promise<void> {
  const ref = refOf(object);
  try {
    await client.create(kind, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { name: _name, namespace: _namespace, ...metadata } = object.metadata ?? {};
    // The spec of a pod cannot be changed, only what is said about it.
    const body = kind.kind === "Pod" ? { metadata } : { ...object, metadata };
    await client.patch(kind, ref, { type: "merge", body });
  }
  if (status !== undefined)
    await client.patch(kind, ref, { type: "merge", body: { status } }, { subresource: "status" });
}
