/** The API server as a program. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { startApiServer } from "./start.ts";

const help = `usage: main.ts --data DIR --pki DIR [options]

A Kubernetes API server for one machine.

  --data DIR               where the state is kept (DIR/state.db)
  --pki DIR                ca.crt, apiserver.crt, apiserver.key, sa.key, sa.pub
  --listen HOST:PORT       address to serve on (default 127.0.0.1:6443)
  --socket PATH            unix socket to serve on too, with the same TLS; the cluster's nodes have theirs beside it,
                           in NODE/kubelet.sock and NODE/relay.sock
  --service-cidr CIDR      range of service addresses (default 10.96.0.0/16)
  --advertise-address IP   where pods reach this server
  --advertise-port PORT    its port (default 6443)
  --log-level LEVEL        debug, info, warn, error (default info)
`;

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    pki: { type: "string" },
    listen: { type: "string", default: "127.0.0.1:6443" },
    socket: { type: "string" },
    "service-cidr": { type: "string", default: "10.96.0.0/16" },
    "advertise-address": { type: "string" },
    "advertise-port": { type: "string", default: "6443" },
    "log-level": { type: "string", default: "info" },
    help: { type: "boolean", default: false },
  },
});

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function readPki(directory: string, file: string): string {
  try {
    return readFileSync(join(directory, file), "utf8");
  } catch (error) {
    return fail(`cannot read ${join(directory, file)}: ${error instanceof Error ? error.message : error}`);
  }
}

async function main(): Promise<void> {
  const { data, pki } = values;
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (data === undefined || pki === undefined) fail(`--data and --pki are needed\n\n${help}`);
  const log = pino({ level: values["log-level"], base: { part: "apiserver" } });
  log.info({ data, listen: values.listen }, "Kubernetes API server starting");
  const started = performance.now();
  const at = values.listen.lastIndexOf(":");
  const server = await startApiServer({
    dataDirectory: data,
    tls: { key: readPki(pki, "apiserver.key"), cert: readPki(pki, "apiserver.crt"), clientCa: readPki(pki, "ca.crt") },
    serviceAccountKeys: { privateKey: readPki(pki, "sa.key"), publicKey: readPki(pki, "sa.pub") },
    listen: { host: values.listen.slice(0, at), port: Number(values.listen.slice(at + 1)) },
    socket: values.socket,
    runDirectory: values.socket === undefined ? undefined : dirname(values.socket),
    serviceCidr: values["service-cidr"],
    advertise:
      values["advertise-address"] === undefined
        ? undefined
        : { address: values["advertise-address"], port: Number(values["advertise-port"]) },
    log,
  });
  log.info({ url: server.url, startMs: Math.round(performance.now() - started) }, "ready");

  let ending = false;
  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log.info({ signal }, "stopping");
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "could not stop in order");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
});
