import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { cleanUpLeftovers, prepareNodeNetwork, removeNodeNetwork } from "../node/index.ts";
import { serveControl } from "./control.ts";
import { layoutOf, nodeNames } from "./layout.ts";
import { ensurePki } from "./pki.ts";
import { processDefinitions } from "./process-definitions.ts";
import { endRecordedProcesses, recordProcesses } from "./process-record.ts";
import { defaultSettings, readSettings } from "./settings.ts";
import { Supervisor } from "./supervisor.ts";

const usage = `The supervisor of an embedded cluster: starts its programs, starts them again when they end, ends them on SIGTERM.
Usage: main.ts --data DIR [--end-with-parent]
  --data DIR          where the cluster's state is; settings.json in it says how many nodes and which ports
  --end-with-parent   end everything when standard input closes
`;

const { values } = parseArgs({
  options: { data: { type: "string" }, "end-with-parent": { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help === true || values.data === undefined) {
  process.stdout.write(usage);
  process.exit(values.help === true ? 0 : 2);
}

const say = (msg: string, fields: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ level: 30, time: Date.now(), name: "supervisor", msg, ...fields })}\n`);
};

const repository = resolve(import.meta.dirname, "../../..");
const layout = layoutOf(values.data);
const settings = readSettings(layout.settings) ?? defaultSettings;
const nodes = nodeNames(settings.nodes);
const networks = nodes.map((name, index) => ({ id: layout.id, name, index: index + 1 }));
const record = join(layout.run, "processes.json");

say("starting", { data: layout.data, id: layout.id });
const ended = await endRecordedProcesses(record);
await cleanUpLeftovers(layout.run);
mkdirSync(layout.run, { recursive: true, mode: 0o700 });
if (ended > 0) say("ended what an earlier start left running", { processes: ended });
await ensurePki({ directory: layout.pki, apiPort: settings.apiPort, nodes, now: new Date() });
for (const network of networks) await prepareNodeNetwork(network);

const listeners = new Set<() => void>();
const supervisor = new Supervisor(processDefinitions(repository, layout, settings), layout, (identities) => {
  recordProcesses(record, identities);
  for (const listener of listeners) listener();
});

let stopping: Promise<void> | undefined;
function stop(): Promise<void> {
  stopping ??= (async () => {
    say("stopping");
    await supervisor.stop();
    for (const network of networks) await removeNodeNetwork(network);
    await cleanUpLeftovers(layout.run);
    say("stopped");
  })();
  return stopping;
}

const control = await serveControl(layout.controlSocket, {
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
  async stop() {
    await stop();
    // The answer to the one who asked goes out before the process ends.
    setImmediate(() => control.close(() => process.exit(0)));
  },
});
const stopAndExit = (): void => {
  void stop().then(() => process.exit(0));
};
process.on("SIGTERM", stopAndExit);
process.on("SIGINT", stopAndExit);
if (values["end-with-parent"] === true) process.stdin.resume().on("close", stopAndExit);
supervisor.start();
say("ready", { socket: layout.controlSocket });
