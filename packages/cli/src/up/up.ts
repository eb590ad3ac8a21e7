import { resolve } from "node:path";
import {
  type ClusterReport,
  clusterReport,
  defaultSettings,
  type Layout,
  layoutOf,
  type ProcessReport,
  readSettings,
  type Settings,
  stopCluster,
  untilCluster,
  writeSettings,
} from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";
import { ServerClient } from "../server-client.ts";
import { type Progress, Steps } from "../steps.ts";
import { startImageBuild } from "./image-build.ts";
import { applyManifests } from "./manifests.ts";
import { buildPortal } from "./portal-build.ts";
import { checkMachine, ensureDataDirectory } from "./prerequisites.ts";
import { describeAccess, ensureSample, sampleReady } from "./sample.ts";
import { startSupervisor } from "./supervisor-process.ts";
import { installPackages, missingPackages } from "./system-packages.ts";

/** Milliseconds after which a program that is not ready is a failure of the start. */
const startLimitMs = 90_000;

interface UpOptions {
  readonly data: string;
  readonly detach?: boolean;
  readonly sample: boolean;
  readonly nodes?: number;
  readonly apiPort?: number;
  readonly portalPort?: number;
  readonly images?: string;
}

/** `keelson up`: from nothing, or from what an earlier start left, to a platform with a database that takes writes. */
export async function up(options: UpOptions): Promise<void> {
  const layout = layoutOf(resolve(options.data));
  const steps = new Steps(process.stderr, Date.now);
  const running = await clusterReport(layout.controlSocket);
  if (running !== undefined) {
    steps.say(
      `Keelson is running already (pid ${running.pid}, data in ${running.data}); './keelson status' shows how it is.`,
    );
    return;
  }
  const settings = chosenSettings(options, readSettings(layout.settings));
  await checkMachine({
    data: layout.data,
    ports: [
      { port: settings.apiPort, purpose: "the Kubernetes API", option: "--api-port" },
      { port: settings.portalPort, purpose: "the portal", option: "--portal-port" },
    ],
  });
  const missing = missingPackages();
  if (missing.length > 0) {
    await steps.run(`system packages: ${missing.join(", ")}`, (progress) => installPackages(missing, progress));
  }
  ensureDataDirectory(layout.data);
  writeSettings(layout.settings, settings);

  // In the foreground the first Ctrl-C ends everything in order, also in the middle of a start.
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) return;
    interrupted = true;
    void steps
      .run("stopping: databases end in order, then the platform", () => stopCluster(layout.controlSocket))
      .then(() => process.exit(0));
  };
  if (options.detach !== true) {
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
  }
  try {
    await start(layout, settings, options, steps);
  } catch (error) {
    if (interrupted) return await new Promise(() => {});
    throw error;
  }
  if (options.detach === true) return;
  steps.say("Ctrl-C ends it and keeps the data.");
  await untilCluster(layout.controlSocket, () => false, new AbortController().signal).catch(() => {});
  if (!interrupted)
    throw new Failure(
      "the supervisor ended by itself: './keelson logs supervisor' says why; './keelson up' starts everything again.",
    );
  await new Promise(() => {});
}

async function start(layout: Layout, settings: Settings, options: UpOptions, steps: Steps): Promise<void> {
  const images = startImageBuild(layout, settings.images ?? layout.images, options.sample);
  const portal = buildPortal();
  // Each is awaited in a step of its own below; until then a failure must not end the program.
  portal.catch(() => {});
  await steps.run("cluster", async (progress) => {
    progress.waitingFor("the supervisor");
    await startSupervisor(layout, { detach: options.detach === true });
    await untilReady(layout, (name) => name === "apiserver", progress);
    progress.waitingFor("custom resources and roles");
    await applyManifests(layout);
  });
  await steps.run("operator, server, node", (progress) => untilReady(layout, () => true, progress));
  await steps.run("portal", () => portal);
  await steps.run("images", (progress) => images.done(progress));
  const server = ServerClient.local(layout, settings.portalPort);
  if (options.sample) await ensureSample(server);
  const sample = options.sample
    ? await steps.run("database 'hello' takes writes", (progress) => sampleReady(server, progress))
    : undefined;
  steps.say(await describeAccess({ layout, settings, server, sample }));
}

/** Waits until the chosen programs are ready, and shows which one is not. */
async function untilReady(layout: Layout, isChosen: (name: string) => boolean, progress: Progress): Promise<void> {
  let missing: ProcessReport | undefined;
  const allReady = (report: ClusterReport): boolean => {
    missing = report.processes.find(({ name, state }) => isChosen(name) && state !== "ready");
    if (missing !== undefined) progress.waitingFor(inWords(missing));
    return missing === undefined;
  };
  try {
    await untilCluster(layout.controlSocket, allReady, AbortSignal.timeout(startLimitMs));
  } catch (error) {
    if (missing === undefined) throw error;
    throw new Failure(
      `${inWords(missing)} is not ready: './keelson logs ${missing.name}' says why; './keelson down' ends what runs.`,
    );
  }
}

function inWords({ name, lastEnd }: ProcessReport): string {
  return lastEnd === undefined ? name : `${name} (ended before: ${lastEnd})`;
}

/** What was asked for now, else what was chosen before, else the defaults. Fewer nodes than before would lose their volumes. */
export function chosenSettings(options: Partial<Settings>, earlier: Settings | undefined): Settings {
  const base = earlier ?? defaultSettings;
  const nodes = options.nodes ?? base.nodes;
  if (earlier !== undefined && nodes < earlier.nodes) {
    throw new Failure(
      `--nodes ${nodes} is fewer than the ${earlier.nodes} that this cluster has, and the volumes of the others would be out of reach: use ${earlier.nodes} or more, or another --data.`,
    );
  }
  const images = options.images ?? base.images;
  return {
    nodes,
    apiPort: options.apiPort ?? base.apiPort,
    portalPort: options.portalPort ?? base.portalPort,
    ...(images === undefined ? {} : { images: resolve(images) }),
  };
}
