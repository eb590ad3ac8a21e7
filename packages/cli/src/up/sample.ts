import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Layout, Settings } from "@keelson/embedded/cluster";
import type { Connection, CreateDatabase, Database, DatabaseDetail } from "@keelson/server/api";
import { untilReady } from "../commands/database-create.ts";
import { connectionString } from "../connection-string.ts";
import { dataOption } from "../data-option.ts";
import { databasePath } from "../local-server.ts";
import type { ServerClient } from "../server-client.ts";
import type { Progress } from "../steps.ts";

/** The database that a first start makes, so that there is something to connect to at once. */
const sample: CreateDatabase & { name: string; namespace: string } = {
  name: "hello",
  namespace: "default",
  instances: 3,
  poolers: 2,
  storage: "1Gi",
  expose: "loadBalancer",
  backups: { enabled: true, schedule: "0 1 * * *" },
};

/** Creates the sample database where there is none of that name. */
export async function ensureSample(server: ServerClient): Promise<void> {
  const { items } = await server.call<{ items: Database[] }>("GET", "/databases");
  if (items.some(({ name, namespace }) => name === sample.name && namespace === sample.namespace)) return;
  await server.call("POST", "/databases", sample);
}

export function sampleReady(server: ServerClient, progress: Progress): Promise<DatabaseDetail> {
  return untilReady(server, sample.namespace, sample.name, { progress, limitMs: 600_000 });
}

/** How to reach what was started, in words to read and lines to paste. */
export async function describeAccess(options: {
  readonly layout: Layout;
  readonly settings: Settings;
  readonly server: ServerClient;
  readonly sample: DatabaseDetail | undefined;
}): Promise<string> {
  const { layout, settings, server } = options;
  const passwordFile = join(layout.server, "initial-admin-password");
  const password = existsSync(passwordFile) ? `user admin, first password in ${passwordFile}` : "user admin";
  const lines = [
    "",
    "Keelson is running.",
    `  Portal      http://127.0.0.1:${settings.portalPort}  (${password})`,
    `  Kubernetes  export KUBECONFIG=${join(layout.pki, "admin.kubeconfig")}`,
  ];
  if (options.sample !== undefined) {
    const path = databasePath(sample.namespace, sample.name);
    const connection = await server.call<Connection>("GET", `${path}/connection?reveal=true`);
    // The address alone: a line for the shell would leave the password in its history.
    lines.push(
      `  PostgreSQL  ${connectionString(connection)}`,
      `  psql        ./keelson db connect ${sample.name}${dataOption(layout.data)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
