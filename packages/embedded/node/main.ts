/** The program of a node. Starts inside the node's own network namespace, which `prepareNodeNetwork` has made. */

import { parseArgs } from "node:util";
import { Client, createLogger } from "@keelson/kube";
import { logUnhandled } from "../machine/log-unhandled.ts";
import { EmbeddedNode } from "./node.ts";

const USAGE = `usage: node packages/embedded/node/main.ts --name NODE --index N --kubeconfig FILE --run DIR --data DIR --images DIR --api-socket FILE
  --registries auto|never   whether images may be pulled (default auto)
  --grace-seconds N         the longest that pods may take to end when the node ends (default 30)
signals: TERM and INT end the pods, then the node; HUP ends only the node and leaves the pods running`;

const { values } = parseArgs({
  options: {
    name: { type: "string" },
    index: { type: "string" },
    kubeconfig: { type: "string" },
    run: { type: "string" },
    data: { type: "string" },
    images: { type: "string" },
    "api-socket": { type: "string" },
    registries: { type: "string", default: "auto" },
    "grace-seconds": { type: "string", default: "30" },
    help: { type: "boolean", default: false },
  },
});

function need(name: "name" | "index" | "kubeconfig" | "run" | "data" | "images" | "api-socket"): string {
  const value = values[name];
  if (value !== undefined) return value;
  console.error(`--${name} is missing\n${USAGE}`);
  process.exit(2);
}

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

/** Their folders' names go into the options of an overlay mount. */
for (const name of ["data", "images"] as const) {
  const found = /[,:"\\]/.exec(need(name))?.[0];
  if (found === undefined) continue;
  console.error(
    `--${name} ${values[name]}: containers cannot run from a path with ${found} in it; choose another folder`,
  );
  process.exit(2);
}

const log = createLogger({ name: "node", fields: { node: need("name") } });
logUnhandled(log);
log.info({ version: "0.1.0" }, "keelson node");
const kubeconfig = need("kubeconfig");
const node = new EmbeddedNode({
  name: need("name"),
  index: Number(need("index")),
  run: need("run"),
  data: need("data"),
  images: need("images"),
  apiSocket: need("api-socket"),
  registries: values.registries === "never" ? "never" : "auto",
  client: () => Client.load({ kubeconfig, socketPath: need("api-socket"), fieldManager: "kubelet" }),
  log,
});

let ending = false;
async function end(signal: NodeJS.Signals): Promise<void> {
  if (ending) return;
  ending = true;
  log.info({ signal }, "node ends");
  try {
    if (signal === "SIGHUP") node.leave();
    else await node.stop(Number(values["grace-seconds"]) * 1000);
  } catch (err) {
    log.error({ err }, "node could not end in order");
  }
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end(signal));

try {
  await node.start();
  log.info("ready");
} catch (err) {
  log.fatal({ err }, "node could not be started");
  process.exit(1);
}
