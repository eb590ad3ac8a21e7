import { join } from "node:path";
import type { Layout } from "@keelson/embedded/cluster";
import { Client, kinds, type Pod } from "@keelson/kube";

/** An image that a pod names and the one that runs in its place. */
export interface StandIn {
  readonly wanted: string;
  readonly used: string;
}

/** The stand-ins among the images of the running pods. */
export async function imageStandIns(layout: Layout): Promise<StandIn[]> {
  const client = await Client.load({ kubeconfig: join(layout.pki, "admin.kubeconfig") });
  try {
    return standInsOf((await client.list(kinds.Pod, {})).items);
  } finally {
    await client.close();
  }
}

/** The images that run in the place of those that the pods name, each once, sorted. Pure. */
export function standInsOf(pods: readonly Pick<Pod, "status">[]): StandIn[] {
  const found = new Map<string, string>();
  for (const { status } of pods) {
    for (const { image, imageID } of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
      // The node writes the reference of the image that it uses, which may end with a digest itself, and `@` with what was unpacked.
      const used = imageID.slice(0, imageID.lastIndexOf("@"));
      if (imageID !== "" && used !== image) found.set(image, used);
    }
  }
  return [...found].map(([wanted, used]) => ({ wanted, used })).sort((a, b) => a.wanted.localeCompare(b.wanted));
}
