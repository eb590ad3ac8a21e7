/** The platform under test: an embedded cluster of its own, started as its users start it. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { clusterReport, layoutOf, type ProcessReport } from "@keelson/embedded/cluster";
import { Client } from "@keelson/kube";
import { freePort } from "@keelson/kube/testing";

export const root = resolve(import.meta.dirname, "..");
const run = promisify(execFile);

/** A running platform and the ways to reach it. */
export interface Platform {
  readonly data: string;
  readonly kubeconfig: string;
  readonly client: Client;
  readonly portalPort: number;
  /** Runs `./keelson ARGS --data …`; resolves with what it printed, throws with its words when it fails. */
  keelson(...args: string[]): Promise<string>;
  /** One of the platform's own processes, as the supervisor sees it. */
  part(name: string): Promise<ProcessReport>;
  /** Runs kubectl as the administrator. `input` goes to its standard input. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Ends it and removes its data, as the end of an `await using` does. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Any Kubernetes that a scenario runs on, embedded or real. */
export type Kubernetes = Pick<Platform, "kubectl">;

/** Starts a platform without a database. Whoever starts it stops it. Images are kept for the next one. */
export async function startPlatform(options: { readonly nodes?: number } = {}): Promise<Platform> {
  const data = mkdtempSync(join(tmpdir(), "keelson-e2e-"));
  const images = testImages();
  const [apiPort, portalPort] = [await freePort(), await freePort()];
  const keelson = async (...args: string[]): Promise<string> =>
    (await run(join(root, "keelson"), [...args, "--data", data], { maxBuffer: 64 * 1024 ** 2 })).stdout;
  let client: Client | undefined;
  const stop = async (): Promise<void> => {
    await client?.close();
    await keelson("down");
    rmSync(data, { recursive: true, force: true });
  };
  const ports = ["--api-port", String(apiPort), "--portal-port", String(portalPort)];
  const kubeconfig = join(data, "pki/admin.kubeconfig");
  try {
    await keelson("up", "--detach", "--no-sample", "--nodes", String(options.nodes ?? 1), "--images", images, ...ports);
    client = await Client.load({ kubeconfig });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    data,
    kubeconfig,
    client,
    portalPort,
    keelson,
    part: async (name) => {
      const report = await clusterReport(layoutOf(data).controlSocket);
      const found = report?.processes.find((process) => process.name === name);
      if (found === undefined) throw new Error(`the supervisor knows no ${name}`);
      return found;
    },
    kubectl: (args, input) => kubectl(kubeconfig, args, input),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The images of all test runs: `$KEELSON_TEST_IMAGES`, else a folder of the checkout. */
export function testImages(): string {
  const folder = process.env["KEELSON_TEST_IMAGES"] ?? join(root, ".cache/images");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs kubectl with that kubeconfig; resolves with what it printed, throws with its words when it fails. */
export function kubectl(kubeconfig: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(process.env["KUBECTL"] ?? "kubectl", args, {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    // Longer than any wait of a test; a command in a pod may wait for what does not come.
    timeout: 300_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  // A kubectl that ended before this wrote to it tells its own reason, or needed no input.
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolvePromise, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolvePromise(output);
      else reject(new Error(`kubectl ${args.join(" ")} ended with ${code}: ${errors}`));
    });
  });
}
