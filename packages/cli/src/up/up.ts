import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import {
  ClusterLock,
  type ClusterReport,
  clusterReport,
  endLeftBehind,
  type Layout,
  layoutOf,
  lockHolder,
  readSettings,
  type Settings,
  untilCluster,
  writeSettings,
} from "@keelson/embedded/cluster";
import { dataOption } from "../data-option.ts";
import { endEverything } from "../end-everything.ts";
import { Failure } from "../failure.ts";
import { ServerClient } from "../server-client.ts";
import { type Progress, Steps } from "../steps.ts";
import { describeAccess } from "./access.ts";
import { chosenSettings, refuseOtherSettings } from "./chosen-settings.ts";
import { compilePrograms, needsCompiling } from "./compile-programs.ts";
import { startImageBuild } from "./image-build.ts";
import { buildPortal } from "./portal-build.ts";
import { checkMachine, checkPorts, checkRoot, ensureFolders } from "./prerequisites.ts";
import { provideSample } from "./sample.ts";
import { endedInOrder, endSupervisor, spawnSupervisor, untilAnswering } from "./supervisor-process.ts";
import { installPackages, missingPackages } from "./system-packages.ts";
import { untilReady } from "./until-ready.ts";

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
  checkRoot("up");
  const layout = layoutOf(resolve(options.data));
  const data = dataOption(layout.data);
  const steps = new Steps(process.stderr, Date.now);
  const running = await clusterReport(layout.controlSocket);
  if (running?.stopping === false) {
    refuseOtherSettings(options, running.settings, layout);
    steps.say(`Keelson is running already (pid ${running.pid}, data in ${running.data}).`);
    await complete(layout, running.settings, options, steps);
    return;
  }
  const settings = chosenSettings(options, readSettings(layout.settings));
  await checkMachine({ data: layout.data, images: settings.images ?? layout.images, withSample: options.sample });
  const lock = takeLock(layout);

  // The first Ctrl-C ends everything in order, also in the middle of a start.
  let end = async (_: Progress): Promise<void> => lock.release();
  let exitCode = 130;
  let interrupted = false;
  const interrupt = (): void => {
    if (interrupted) return;
    interrupted = true;
    void steps
      .run("stopping: databases end in order, then the platform", (progress) => end(progress))
      .catch((error: unknown) => {
        steps.say(`keelson: ${(error as Error).message}`);
        exitCode = 1;
      })
      .then(() => process.exit(exitCode));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);

  try {
    await prepare(layout, settings, steps);
  } catch (error) {
    if (!interrupted) lock.release();
    throw error;
  }
  const supervisor = spawnSupervisor(layout, lock, { detach: options.detach === true });
  end = async (progress) => {
    if (await endSupervisor(supervisor)) return;
    progress.waitingFor("what the supervisor, which ended early, has left running");
    await endEverything(layout, { command: `./keelson down${data}` });
  };
  try {
    await steps.run("cluster", async (progress) => {
      progress.waitingFor("the supervisor");
      await untilAnswering(layout, supervisor);
      await untilReady(layout, (name) => name === "apiserver" || name === "manifests", progress);
    });
    await complete(layout, settings, options, steps);
  } catch (error) {
    if (interrupted) return await new Promise(() => {});
    if (await wasStopped(layout, supervisor))
      throw new Failure(`it was stopped while it started; './keelson up${data}' starts it again.`);
    throw error;
  }
  if (options.detach === true) return;
  exitCode = 0;
  steps.say("Ctrl-C ends it and keeps the data.");
  const stoppedByOthers = await untilStopped(layout);
  if (interrupted) await new Promise(() => {});
  if (stoppedByOthers) steps.say(`It was stopped. The data is kept; './keelson up${data}' brings it back.`);
  else {
    throw new Failure(
      `the supervisor ended by itself: './keelson logs supervisor${data}' says why; './keelson up${data}' starts everything again.`,
    );
  }
}

function takeLock(layout: Layout): ClusterLock {
  const lock = ClusterLock.take(layout, "start");
  if (lock !== undefined) return lock;
  const holder = lockHolder(layout);
  const who = holder === undefined ? "another process" : `another process (pid ${holder.pid})`;
  const what = holder?.purpose === "start" ? "starting" : "starting or ending";
  throw new Failure(
    `${who} is ${what} the cluster in ${layout.data}: wait for it, or end it with './keelson down${dataOption(layout.data)}', then run this again.`,
  );
}

/** Everything that has to be so before the supervisor starts. */
async function prepare(layout: Layout, settings: Settings, steps: Steps): Promise<void> {
  if (await endLeftBehind(layout, "at once")) steps.say("  ✓ ended what an earlier start had left running");
  await checkPorts(settings);
  ensureFolders(layout.data, settings.images ?? layout.images);
  const missing = missingPackages();
  if (missing.length > 0) {
    await steps.run(`system packages: ${missing.join(", ")}`, (progress) => installPackages(missing, progress));
  }
  writeSettings(layout.settings, settings);
  if (needsCompiling(layout)) await steps.run("programs are compiled", () => compilePrograms(layout, settings));
}

/** Waits until all programs are ready, and makes what is still missing: the portal's page, images, the sample. */
async function complete(layout: Layout, settings: Settings, options: UpOptions, steps: Steps): Promise<void> {
  const images = startImageBuild(layout, settings.images ?? layout.images, options.sample);
  const portal = buildPortal();
  // Each is awaited in a step of its own below; until then a failure must not end the program.
  portal.catch(() => {});
  await steps.run("operator, server, node", (progress) => untilReady(layout, () => true, progress));
  await steps.run("portal", () => portal);
  await steps.run("images", (progress) => images.done(progress));
  const server = ServerClient.local(layout, settings.portalPort);
  const sample = options.sample ? await provideSample(server, layout, steps) : [];
  steps.say(describeAccess(layout, settings, sample));
}

/** Waits for the supervisor's end; true when somebody had asked for it. */
async function untilStopped(layout: Layout): Promise<boolean> {
  let last: ClusterReport | undefined;
  const remember = (report: ClusterReport): boolean => {
    last = report;
    return false;
  };
  await untilCluster(layout.controlSocket, remember, new AbortController().signal).catch(() => {});
  return last?.stopping === true;
}

/** After a failure: true when somebody else is ending the cluster, or has ended it. */
async function wasStopped(layout: Layout, supervisor: ChildProcess): Promise<boolean> {
  const report = await clusterReport(layout.controlSocket);
  return report === undefined ? await endedInOrder(supervisor) : report.stopping;
}
