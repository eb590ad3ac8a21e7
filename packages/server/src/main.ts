/** The program: REST API and portal over one Kubernetes cluster. */
import { parseArgs } from "node:util";
import { Client, createLogger } from "@keelson/kube";
import { startServer } from "./server.ts";

const help = `keelson server: the REST API and the portal

  --kubeconfig FILE   how to reach Kubernetes (default: in a cluster its service account, else $KUBECONFIG)
  --data DIR          where accounts and sessions are kept (default /var/lib/keelson/server)
  --listen HOST:PORT  default 127.0.0.1:8080
  --portal DIR        the portal's built files (default: those of this checkout)
  --help
`;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: "string" },
    data: { type: "string", default: "/var/lib/keelson/server" },
    listen: { type: "string", default: "127.0.0.1:8080" },
    portal: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

const logger = createLogger({ name: "server" });

try {
  const { host, port } = address(values.listen);
  const server = await startServer({
    client: await Client.load({
      fieldManager: "keelson-server",
      ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
    }),
    directory: values.data,
    host,
    port,
    logger,
    ...(values.portal === undefined ? {} : { portalDirectory: values.portal }),
  });
  logger.info({ url: server.url }, "listening");
  let ending = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      logger.info({ signal }, "stopping");
      // Streams that do not end in time are cut: the supervisor's limit is 5 s.
      setTimeout(() => process.exit(0), 4_000).unref();
      server.stop().then(
        () => process.exit(0),
        (err) => {
          logger.error({ err }, "stopping failed");
          process.exit(1);
        },
      );
    });
  }
  await server.synced;
  logger.info({ url: server.url }, "ready");
} catch (err) {
  logger.fatal({ err }, "the server cannot run");
  process.exit(1);
}

function address(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || match?.[3] === undefined)
    throw new Error(`--listen ${text}: expected HOST:PORT, such as 127.0.0.1:8080`);
  return { host, port: Number(match[3]) };
}
