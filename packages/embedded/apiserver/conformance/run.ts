/** Runs scenarios with kubectl and makes what is different on every run (times, uids, addresses) the same. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { kubernetesBinaries } from "@keelson/kube/testing";
import type { Scenario } from "./commands.ts";

export interface Outcome {
  readonly command: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const commandTimeoutMs = 10_000;
/** Stands in for a person with an editor. */
const editor = "sed -i s/three/edited/";

/** kubectl from $KUBECTL, from the Kubernetes built for tests, or from the PATH; undefined when there is none. */
export function findKubectl(): string | undefined {
  const places = [process.env["KUBECTL"], join(kubernetesBinaries, "kubectl")];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) places.push(join(folder, "kubectl"));
  return places.find((place) => place !== undefined && existsSync(place));
}

/** Splits like a shell: quotes keep words together. */
export function words(line: string): string[] {
  return [...line.matchAll(/(?:'([^']*)'|"([^"]*)"|[^\s'"])+/g)].map(([word]) => word.replace(/'([^']*)'/g, "$1"));
}

/** Runs the commands of a scenario one after another in a new namespace of its own. */
export async function runScenario(kubectl: string, kubeconfig: string, scenario: Scenario): Promise<Outcome[]> {
  const namespace = `t-${scenario.name.replace(/[^a-z]+/g, "-")}`;
  const run = (args: readonly string[], input?: string): Promise<Omit<Outcome, "command">> =>
    execute(kubectl, kubeconfig, args, input);
  await run(["create", "namespace", namespace]);
  const outcomes: Outcome[] = [];
  for (const line of scenario.commands) {
    const at = line.indexOf(" << ");
    const command = (at < 0 ? line : line.slice(0, at)).replaceAll("NAMESPACE", namespace);
    const input = at < 0 ? undefined : line.slice(at + 4).replaceAll("NAMESPACE", namespace);
    const own = /(^| )(-n|--namespace) /.test(command) ? [] : ["--namespace", namespace];
    const { code, stdout, stderr } = await run([...own, ...words(command)], input);
    outcomes.push({ command: line, code, stdout: normalize(stdout, namespace), stderr: normalize(stderr, namespace) });
  }
  return outcomes;
}

function execute(
  kubectl: string,
  kubeconfig: string,
  args: readonly string[],
  input?: string,
): Promise<Omit<Outcome, "command">> {
  return new Promise((resolve, reject) => {
    const env = {
      PATH: process.env["PATH"],
      HOME: "/nonexistent",
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: `${kubeconfig}.cache`,
      KUBE_EDITOR: editor,
    };
    const child = spawn(kubectl, [...args], { env });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), commandTimeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, stderr });
    });
    child.stdin.end(input ?? "");
  });
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function normalize(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, "NAMESPACE")
    .replace(uid, "UID")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/(\w{3}, )\d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "TIME")
    .replace(/(resourceVersion"?: ")\d+"/g, '$1N"')
    .replace(/\b10\.96\.\d+\.\d+\b/g, (ip) => (/^10\.96\.0\.(1|77)$/.test(ip) ? ip : "10.96.IP"))
    .replace(/\b(3[0-2]\d{3})\b/g, (port) => (port === "30123" ? port : "NODEPORT"))
    .replace(/(gen-)\w{5}\b/g, "$1XXXXX")
    .replace(/(kube-api-access-)\w{5}/g, "$1XXXXX")
    .replace(/^(---|\+\+\+) .*$/gm, "$1 FILE")
    .replace(/(?<=\s)(\d+[smh])+(?=\s|$)/gm, "AGE")
    .replace(/https:\/\/127\.0\.0\.1:\d+/g, "SERVER")
    .replace(/\/tmp\/\S+/g, "/tmp/FILE")
    .replace(/ {2,}/g, "  ")
    .replace(/[ \t]+$/gm, "");
}
