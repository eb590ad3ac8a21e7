/** The controllers' process: `main.ts --kubeconfig FILE --run RUN --data DATA`. */
import { parseArgs } from "node:util";
import { Client, createLogger, loadCredentials } from "@keelson/kube";
import { logUnhandled } from "../machine/log-unhandled.ts";
import { runControllers } from "./run.ts";

const HELP = `Runs the controllers, the scheduler and the load balancer of an embedded cluster.

  --kubeconfig FILE   how to reach the API server and as whom
  --data DIR          state of the cluster; volumes are made below DIR/volumes
  --run DIR           sockets of the running cluster; nodes are reached through DIR/NODE/relay.sock
  --node-grace SECONDS  without a sign of life for this long a node is not ready (default 10)
  --help              this text
`;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: "string" },
    data: { type: "string", default: "/var/lib/keelson" },
    run: { type: "string", default: "/run/keelson" },
    "node-grace": { type: "string", default: "10" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const logger = createLogger({ name: "controllers" });
logUnhandled(logger);
logger.info({ data: values.data, run: values.run, pid: process.pid }, "controllers starting");
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort(new Error(signal)));

try {
  const credentials = await loadCredentials(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig });
  const client = Client.from(credentials, { fieldManager: "keelson-controllers" });
  const { ca } = await credentials.tls();
  const settings = {
    dataDir: values.data,
    runDir: values.run,
    clusterCa: ca === undefined ? "" : ca.toString(),
    nodeGraceMs: Number(values["node-grace"]) * 1000,
  };
  await runControllers({ client, logger, settings }, stop.signal, () => {
    logger.info({ rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20) }, "ready");
  });
  await client.close();
} catch (err) {
  if (!stop.signal.aborted) {
    logger.fatal({ err }, "controllers failed");
    process.exit(1);
  }
}
logger.info("controllers stopped");
// Connections that a server keeps open must not keep us.
process.exit(0);
