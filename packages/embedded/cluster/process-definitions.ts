import { join } from "node:path";
import type { Layout } from "./layout.ts";
import { nodeNames } from "./layout.ts";
import type { Settings } from "./settings.ts";

/** One program of the platform, as the supervisor starts it. */
export interface ProcessDefinition {
  readonly name: string;
  /** The program and its arguments; never a secret among them. */
  readonly command: readonly string[];
  /** It is started when these are ready. */
  readonly after: readonly string[];
  /** It ends by itself when its work is done, and is ready from then on. */
  readonly runsOnce?: boolean;
  /** Programs end stage by stage, lowest first, side by side in each. */
  readonly stopStage: number;
  /** Milliseconds that an orderly end may take before the process is killed. */
  readonly stopTimeoutMs: number;
}

/** One of Keelson's own programs. */
export interface ProgramDefinition extends ProcessDefinition {
  /** The part of the command that is the same for all of its kind: Node, its flags and the program's file. */
  readonly program: readonly string[];
}

/** Nobody reacts to pods that end; then the nodes end their pods, while the API server still takes their reports. */
const stopStages = { clients: 1, nodes: 2, apiserver: 3 };

/** Sizes the V8 heap's young generation for a small resident set: these programs wait more than they compute. */
export const nodeFlags = [
  ...["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2"],
  ...["--import", join(import.meta.dirname, "keep-compiled.ts")],
];

/**
 * The operator works in bursts: left to itself, V8 keeps what a burst has dropped, three times what is needed. Not for the API server,
 * whose every answer would wait for more collections.
 */
export const operatorFlags = [...nodeFlags, "--optimize-for-size"];

/**
 * The programs of an embedded cluster in the order in which they start.
 *
 * @param repository the directory of the checkout that holds `packages/`
 */
export function processDefinitions(repository: string, layout: Layout, settings: Settings): ProgramDefinition[] {
  const run = (path: string, args: readonly string[], { flags = nodeFlags, inside = [] as readonly string[] } = {}) => {
    const program = [process.execPath, ...flags, join(repository, "packages", path)];
    return { program, command: [...inside, ...program, ...args] };
  };
  const kubeconfig = (name: string): string => join(layout.pki, `${name}.kubeconfig`);
  const apiserver: ProgramDefinition = {
    name: "apiserver",
    ...run("embedded/apiserver/main.ts", [
      ...["--data", layout.apiserver, "--pki", layout.pki, "--listen", `127.0.0.1:${settings.apiPort}`],
      ...["--socket", layout.apiSocket, "--service-cidr", "10.96.0.0/16"],
      ...["--advertise-address", "10.95.0.1", "--advertise-port", "6443"],
    ]),
    after: [],
    stopStage: stopStages.apiserver,
    stopTimeoutMs: 5_000,
  };
  const manifests: ProgramDefinition = {
    name: "manifests",
    ...run("embedded/cluster/apply-manifests.ts", ["--kubeconfig", kubeconfig("admin")]),
    after: ["apiserver"],
    runsOnce: true,
    stopStage: stopStages.clients,
    stopTimeoutMs: 5_000,
  };
  const controllers: ProgramDefinition = {
    name: "controllers",
    ...run("embedded/controllers/main.ts", [
      ...["--kubeconfig", kubeconfig("controllers"), "--run", layout.run, "--data", layout.data],
    ]),
    after: ["apiserver"],
    stopStage: stopStages.clients,
    stopTimeoutMs: 5_000,
  };
  const nodes = nodeNames(settings.nodes).map((name, index): ProgramDefinition => {
    const inside = ["nsenter", `--net=/run/netns/keelson-${layout.id}-${name}`];
    const args = [
      ...["--name", name, "--index", String(index + 1), "--kubeconfig", kubeconfig(name)],
      ...["--run", join(layout.run, name), "--data", join(layout.data, "nodes", name)],
      ...["--images", settings.images ?? layout.images, "--api-socket", layout.apiSocket],
    ];
    return {
      name,
      ...run("embedded/node/main.ts", args, { inside }),
      after: ["apiserver"],
      stopStage: stopStages.nodes,
      // It ends its pods first, databases among them: their own grace period and a margin.
      stopTimeoutMs: 60_000,
    };
  });
  const operator: ProgramDefinition = {
    name: "operator",
    ...run("operator/src/main.ts", ["--kubeconfig", kubeconfig("operator")], { flags: operatorFlags }),
    // Without its role it would be refused, and would wait longer each time it asks again.
    after: ["manifests"],
    stopStage: stopStages.clients,
    stopTimeoutMs: 5_000,
  };
  const server: ProgramDefinition = {
    name: "server",
    ...run("server/src/main.ts", [
      ...["--kubeconfig", kubeconfig("server"), "--data", layout.server],
      ...["--listen", `127.0.0.1:${settings.portalPort}`],
    ]),
    after: ["manifests"],
    stopStage: stopStages.clients,
    stopTimeoutMs: 5_000,
  };
  return [apiserver, manifests, controllers, ...nodes, operator, server];
}
