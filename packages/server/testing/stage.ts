/** A stage for tests: a real API server with our kinds and roles, and the server on it with its own, limited account. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, type Kind, type KubeObject, kinds, silentLogger } from "@keelson/kube";
import { startApiServer, type TestApiServer, until } from "@keelson/kube/testing";
import { parseAllDocuments } from "yaml";
import { clusters } from "../src/model/resources.ts";
import { type RunningServer, startServer } from "../src/server.ts";

export interface Stage {
  readonly api: TestApiServer;
  /** A client that may do everything. */
  readonly admin: Client;
  readonly url: string;
  readonly cliToken: string;
  readonly password: string;
  /** The server's data directory. */
  readonly directory: string;
  /** Ends the server alone and starts it again with the same state; its address stays. `ignorant`: without waiting until it knows Kubernetes. */
  restartServer(how?: "ignorant"): Promise<void>;
  stop(): Promise<void>;
}

const deploy = fileURLToPath(new URL("../../../deploy", import.meta.url));

export interface StageOptions {
  readonly real?: boolean;
  readonly portalDirectory?: string;
  readonly port?: number;
}

/** Starts everything on free ports of the loopback. */
export async function startStage({ real = false, port = 0, portalDirectory }: StageOptions = {}): Promise<Stage> {
  const api = await startApiServer({ real });
  const directory = mkdtempSync(join(tmpdir(), "keelson-server-"));
  const options = {
    directory,
    host: "127.0.0.1",
    logger: silentLogger,
    ...(portalDirectory === undefined ? {} : { portalDirectory }),
  };
  let server: RunningServer | undefined;
  const start = async (onPort: number) => {
    const client = await Client.load({
      kubeconfig: join(api.folder, "pki/server.kubeconfig"),
      fieldManager: "keelson-server",
    });
    server = await startServer({ ...options, client, port: onPort });
    return server;
  };
  try {
    await applyManifests(api.client);
    const { url, synced } = await start(port);
    await synced;
    return {
      api,
      admin: api.client,
      url,
      directory,
      cliToken: readFileSync(join(directory, "cli-token"), "utf8").trim(),
      password: readFileSync(join(directory, "initial-admin-password"), "utf8").trim(),
      restartServer: async (how) => {
        await server?.stop();
        const again = await start(Number(new URL(url).port));
        if (how !== "ignorant") await again.synced;
      },
      stop: async () => {
        await server?.stop();
        await api.stop();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await server?.stop();
    await api.stop();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

async function applyManifests(client: Client): Promise<void> {
  for (const file of [...yamlFiles("crds"), join(deploy, "roles/server.yaml")]) {
    for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
      const object = document.toJS() as KubeObject | null;
      if (object !== null) await client.create(kindOf(object), object);
    }
  }
  await until("our kinds are served", async () => (await client.list(clusters)).items.length === 0, {
    timeoutMs: 20_000,
  });
}

function yamlFiles(folder: string): string[] {
  return readdirSync(join(deploy, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(deploy, folder, name));
}

function kindOf(object: KubeObject): Kind {
  const found = Object.values<Kind>(kinds).find(
    (kind) => kind.kind === object.kind && kind.apiVersion === object.apiVersion,
  );
  if (found === undefined) throw new Error(`no kind for ${object.apiVersion} ${object.kind}`);
  return found;
}
