import { resolve } from "node:path";
import { defaultSettings, type Layout, type Settings } from "@keelson/embedded/cluster";
import { dataOption } from "../data-option.ts";
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

/** Throws a Failure when options ask for other settings than those of the cluster that runs: it takes them at a start only. */
export function refuseOtherSettings(options: Partial<Settings>, running: Settings, layout: Layout): void {
  const asked = chosenSettings(options, running);
  const values = {
    "--nodes": ({ nodes }: Settings) => nodes,
    "--api-port": ({ apiPort }: Settings) => apiPort,
    "--portal-port": ({ portalPort }: Settings) => portalPort,
    "--images": ({ images = layout.images }: Settings) => images,
  };
  const different = Object.entries(values).filter(([, value]) => value(asked) !== value(running));
  if (different.length === 0) return;
  const words = (settings: Settings): string =>
    different.map(([option, value]) => `${option} ${value(settings)}`).join(" ");
  const data = dataOption(layout.data);
  throw new Failure(
    `it runs already, with ${words(running)}, and takes other options at a start only: run './keelson down${data}', then './keelson up ${words(asked)}${data}'.`,
  );
}
