import { join } from "node:path";
import type { Layout } from "@keelson/embedded/cluster";
import { Client, kinds } from "@keelson/kube";

/** An image that a pod names and the one that runs in its place. */
export interface StandIn {
  readonly wanted: string;
  readonly used: string;
}

/** The stand-ins among the images of the running pods, each once, sorted. The node writes `imageID` of the image that it uses. */
export async function imageStandIns(layout: Layout): Promise<StandIn[]> {
  const client = await Client.load({ kubeconfig: join(layout.pki, "admin.kubeconfig") });
  try {
    const pods = await client.list(kinds.Pod, {});
    const found = new Map<string, string>();
    for (const { status } of pods.items) {
      for (const { image, imageID } of [
        ...(status?.initContainerStatuses ?? []),
        ...(status?.containerStatuses ?? []),
      ]) {
        const used = imageID.split("@")[0] ?? "";
        if (imageID !== "" && used !== image) found.set(image, used);
      }
    }
    return [...found].map(([wanted, used]) => ({ wanted, used })).sort((a, b) => a.wanted.localeCompare(b.wanted));
  } finally {
    await client.close();
  }
}
