import { resolve } from "node:path";
import { defaultSettings, type Settings } from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";

/** What was asked for now, else what was chosen before, else the defaults. Throws a Failure for what cannot work together. */
export function chosenSettings(options: Partial<Settings>, earlier: Settings | undefined): Settings {
  const base = earlier ?? defaultSettings;
  const nodes = options.nodes ?? base.nodes;
  // Fewer nodes than before would lose their volumes.
  if (earlier !== undefined && nodes < earlier.nodes) {
    throw new Failure(
      `--nodes ${nodes} is fewer than the ${earlier.nodes} that this cluster has, and the volumes of the others would be out of reach: use ${earlier.nodes} or more, or another --data.`,
    );
  }
  const apiPort = options.apiPort ?? base.apiPort;
  const portalPort = options.portalPort ?? base.portalPort;
  if (apiPort === portalPort) {
    throw new Failure(
      `the Kubernetes API and the portal cannot both have port ${apiPort}: choose different ones with --api-port and --portal-port.`,
    );
  }
  const images = options.images ?? base.images;
  return { nodes, apiPort, portalPort, ...(images === undefined ? {} : { images: resolve(images) }) };
}
