import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { cleanUpLeftovers, prepareNodeNetwork } from "../node/index.ts";
import { ClusterLock, lockHolder } from "./cluster-lock.ts";
import { serveControl } from "./control.ts";
import { layoutOf, nodeNames } from "./layout.ts";
import { endLeftBehind } from "./left-behind.ts";
import { ensurePki } from "./pki.ts";
import { processDefinitions } from "./process-definitions.ts";
import { recordProcesses } from "./process-record.ts";
import { say } from "./say.ts";
import { defaultSettings, readSettings } from "./settings.ts";
import { Supervisor } from "./supervisor.ts";

const usage = `The supervisor of an embedded cluster: starts its programs, starts them again when they end, ends them on SIGTERM.
Usage: main.ts --data DIR [--lock FD] [--end-with-parent]
  --data DIR          where the cluster's state is; settings.json in it says how many nodes and which ports
  --lock FD           the cluster's lock as an open file; without it the supervisor takes the lock itself
  --end-with-parent   end everything when standard input closes
`;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    lock: { type: "string" },
    "end-with-parent": { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help === true || values.data === undefined) {
  process.stdout.write(usage);
  process.exit(values.help === true ? 0 : 2);
}

/** How often certificates are looked at while the cluster runs: it may run for longer than the administrator's lasts. */
const dayMs = 86_400_000;

const repository = resolve(import.meta.dirname, "../../..");
const layout = layoutOf(values.data);

const lock =
  values.lock === undefined ? ClusterLock.take(layout, "run") : ClusterLock.adopt(layout, Number(values.lock), "run");
if (lock === undefined) {
  say("another process starts, runs or ends this cluster", { data: layout.data, pid: lockHolder(layout)?.pid });
  process.exit(1);
}

// From here on a wish to end is heard, however far the start is.
const stopAndExit = (): void => {
  void stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on("SIGTERM", stopAndExit);
process.on("SIGINT", stopAndExit);
if (values["end-with-parent"] === true) process.stdin.resume().on("close", stopAndExit);

const settings = readSettings(layout.settings) ?? defaultSettings;
const nodes = nodeNames(settings.nodes);
const listeners = new Set<() => void>();
const notify = (): void => {
  for (const listener of listeners) listener();
};
const supervisor = new Supervisor(processDefinitions(repository, layout, settings), layout, (running) => {
  recordProcesses(layout.processRecord, running);
  notify();
});
let stopping: Promise<void> | undefined;
const starting = start();
try {
  await starting;
} catch (error) {
  await stop().catch(() => {});
  // The last line: 'up' shows it.
  say("the start failed", { error: (error as Error).message });
  process.exit(1);
}

async function start(): Promise<void> {
  say("starting", { data: layout.data, id: layout.id });
  if (await endLeftBehind(layout, "at once")) say("ended what an earlier start left behind");
  mkdirSync(layout.run, { recursive: true, mode: 0o700 });
  await serveControl(layout.controlSocket, {
    report: () => ({
      pid: process.pid,
      data: layout.data,
      settings,
      stopping: stopping !== undefined,
      processes: supervisor.report(),
    }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
    stopped: (failed) => process.exit(failed ? 1 : 0),
  });
  await ensureCertificates();
  for (const [index, name] of nodes.entries()) await prepareNodeNetwork({ id: layout.id, name, index: index + 1 });
  if (stopping !== undefined) return;
  supervisor.start();
  setInterval(() => {
    ensureCertificates().catch((error: unknown) =>
      say("certificates could not be renewed", { error: (error as Error).message }),
    );
  }, dayMs).unref();
  say("ready", { socket: layout.controlSocket });
}

function ensureCertificates(): Promise<void> {
  return ensurePki({ directory: layout.pki, apiPort: settings.apiPort, nodes, now: new Date() });
}

/** Ends everything. A failed end is not tried again here: who asked for it exits, and the next one ends what was left behind. */
function stop(): Promise<void> {
  if (stopping === undefined) {
    say("stopping");
    stopping = end().catch((error: unknown) => {
      say("not everything could be ended", { error: (error as Error).message });
      throw error;
    });
    notify();
  }
  return stopping;
}

async function end(): Promise<void> {
  await starting.catch(() => {});
  await supervisor.stop();
  await cleanUpLeftovers(layout.run);
  lock?.release();
  say("stopped");
}
