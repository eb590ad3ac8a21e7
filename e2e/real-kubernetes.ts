/**
 * A real Kubernetes of one machine, booted for a test: upstream's own programs, built beside this project and never by it. The operator
 * runs against it as a process of the host, with the rights that deploy/roles gives it and no others.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openImageStore } from "@keelson/embedded/node";
import { writeOciArchive } from "../scripts/oci-archive.ts";
import { type Kubernetes, kubectl, root, testImages } from "./platform.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

const tools = process.env["KEELSON_REAL_KUBERNETES_TOOLS"] ?? join(root, "../shared/tools/kubernetes");
const built = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "keelson-kubernetes");
/** Fixed, because the network namespaces, the bridge and the cgroups are: the next run finds what a killed one left, and removes it. */
const folder = join(process.env["KEELSON_TEST_SHARED"] ?? tmpdir(), "keelson-real-kubernetes");
const ownerFile = join(folder, "owner");
const operatorFile = join(folder, "operator.pid");
const volumesPerNode = 6;
const firstNode = "172.30.77.11";

/** What the scenarios ask of a cluster, and the address at which the host reaches its Services. */
export interface RealKubernetes extends Kubernetes {
  /** Does what a cloud's load balancer does: gives the Service an address, and returns when the host reaches its port there. */
  balance(service: string, port: number): Promise<void>;
}

/** Why this machine cannot run a real Kubernetes, or false. */
export function realKubernetesMissing(): string | false {
  if (!existsSync(join(tools, "kreal"))) {
    return `the tools for a real Kubernetes are not at ${tools}: KEELSON_REAL_KUBERNETES_TOOLS names their folder`;
  }
  const files = [
    "bin/kubectl",
    "bin/kube-apiserver",
    "bin/kubelet",
    "bin/etcd",
    "images/pause.tar",
    "images/coredns.tar",
  ];
  const absent = files.find((file) => !existsSync(join(built, file)));
  if (absent !== undefined) return `the real Kubernetes has not been built: ${join(built, absent)} is missing`;
  const programs = ["/usr/bin/containerd", "/usr/sbin/runc", "/usr/lib/cni/bridge", "/usr/bin/jq", "/usr/bin/openssl"];
  const program = programs.find((path) => !existsSync(path));
  if (program !== undefined) return `${program} is not installed`;
  if (process.getuid?.() !== 0) return "only root can boot a real Kubernetes";
  const owner = existsSync(ownerFile) ? Number(readFileSync(ownerFile, "utf8")) : 0;
  if (owner > 0 && existsSync(`/proc/${owner}`)) return `process ${owner} runs a real Kubernetes already`;
  if (!existsSync(ownerFile) && existsSync("/sys/class/net/kreal0"))
    return "somebody else runs a real Kubernetes already";
  return false;
}

/** Whoever runs what was registered when the test ends. */
interface CleanUp {
  after(work: () => Promise<void>): void;
}

/** Boots it with our CRDs, roles, images and operator; all of it is gone when the test ends, however it ends. */
export async function startRealKubernetes(t: CleanUp, nodes: number): Promise<RealKubernetes> {
  takeDown();
  mkdirSync(folder, { recursive: true });
  writeFileSync(ownerFile, String(process.pid));
  process.once("exit", takeDown);
  for (const signal of signals) process.once(signal, exitOnSignal);
  let operator: Operator | undefined;
  over = false;
  t.after(async () => {
    over = true;
    await working;
    await operator?.stop();
    takeDown();
    process.off("exit", takeDown);
    for (const signal of signals) process.off(signal, exitOnSignal);
  });
  await kreal("up", String(nodes));
  const kubeconfig = join(folder, "state/pki/admin.kubeconfig");
  const asAdmin = (args: readonly string[], input?: string): Promise<string> => kubectl(kubeconfig, args, input);
  await asAdmin(["apply", "-f", "-"], localVolumes(nodes));
  await asAdmin(["annotate", "storageclass", "standard", "--overwrite", `${defaultClass}=false`]);
  for (const reference of ["keelson/agent:dev", "keelson/postgresql:17"]) await loadImage(reference);
  const deploy = join(root, "deploy");
  await asAdmin(["apply", "--server-side", "-f", join(deploy, "crds"), "-f", join(deploy, "roles/operator.yaml")]);
  operator = await startOperator(await kubeconfigOf("keelson-operator"));
  return {
    kubectl: asAdmin,
    balance: async (service, port) => {
      const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: firstNode }] } } });
      await asAdmin(["patch", "service", service, "--subresource=status", "--type=merge", "-p", status]);
      // kube-proxy gathers changes for a second before it applies them.
      await until(`${firstNode}:${port} answers`, 30_000, () => connects(firstNode, port));
    },
  };
}

function connects(host: string, port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 1_000 });
    socket.once("error", reject);
    socket.once("timeout", () => socket.destroy(new Error("no answer")));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

const signals = ["SIGTERM", "SIGINT"] as const;

/** A runner's time limit ends the process by a signal, which alone would run no clean-up. */
function exitOnSignal(): void {
  void working.then(() => process.exit(1));
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, KREAL: join(folder, "state") });

/** The end, good or bad, of the last `kreal`: nothing may be taken down while something is still being put up. */
let working: Promise<void> = Promise.resolve();
/** True from the end of the test on. One that ran out of time is not stopped by that: it goes on until its next step fails. */
let over = false;

async function kreal(...args: string[]): Promise<void> {
  const result = run(join(tools, "kreal"), args, { env: environment(), maxBuffer: 16 * 1024 ** 2 });
  const ended = (): void => {};
  working = result.then(ended, ended);
  try {
    await result;
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout ?? ""}`);
  }
  if (over) throw new Error("the test has ended");
}

/** Ends and removes everything of this run, or of an earlier one that was killed. Waits: it also runs while the process is ending. */
function takeDown(): void {
  if (!existsSync(folder)) return;
  killOperator();
  for (const command of ["down", "wipe"]) {
    execFileSync(join(tools, "kreal"), [command], { env: environment(), stdio: ["ignore", "ignore", "inherit"] });
  }
  rmSync(folder, { recursive: true });
}

/** Of a run that could not do it itself. A process that only has the same number is left alone. */
function killOperator(): void {
  if (!existsSync(operatorFile)) return;
  const pid = Number(readFileSync(operatorFile, "utf8"));
  const commandLine = existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
  if (commandLine.includes(folder)) process.kill(pid, "SIGKILL");
}

async function loadImage(reference: string): Promise<void> {
  const store = openImageStore({ folder: testImages(), onProgress: () => {} });
  const archive = join(folder, "image.tar");
  await writeOciArchive((await store.ensure(reference)).image, `docker.io/${reference}`, archive);
  await kreal("image", archive);
  rmSync(archive);
}

const defaultClass = "storageclass.kubernetes.io/is-default-class";

/** Local volumes made in advance: unlike those of the host-path provisioner they are given to the pod's fsGroup. */
function localVolumes(nodes: number): string {
  const items: object[] = [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local", annotations: { [defaultClass]: "true" } },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    },
  ];
  for (let node = 1; node <= nodes; node++) {
    for (let number = 1; number <= volumesPerNode; number++) {
      const path = join(folder, `volumes/${node}-${number}`);
      mkdirSync(path, { recursive: true });
      const here = { key: "kubernetes.io/hostname", operator: "In", values: [`node${node}`] };
      items.push({
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `local-${node}-${number}` },
        spec: {
          capacity: { storage: "10Gi" },
          accessModes: ["ReadWriteOnce"],
          storageClassName: "local",
          persistentVolumeReclaimPolicy: "Retain",
          local: { path },
          nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
        },
      });
    }
  }
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** A kubeconfig whose certificate says that user, signed by the cluster's own authority. */
async function kubeconfigOf(user: string): Promise<string> {
  const pki = join(folder, "state/pki");
  const file = (ending: string): string => join(folder, `${user}.${ending}`);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file("key")];
  await run("openssl", ["req", "-new", ...newKey, "-subj", `/CN=${user}`, "-out", file("csr")]);
  writeFileSync(file("ext"), "extendedKeyUsage=clientAuth\n");
  const authority = ["-CA", join(pki, "ca.crt"), "-CAkey", join(pki, "ca.key"), "-CAcreateserial"];
  const request = ["-req", "-in", file("csr"), "-days", "2", "-extfile", file("ext"), "-out", file("crt")];
  await run("openssl", ["x509", ...request, ...authority]);
  cpSync(join(pki, "admin.kubeconfig"), file("kubeconfig"));
  const certificate = [`--client-certificate=${file("crt")}`, `--client-key=${file("key")}`, "--embed-certs"];
  await kubectl(file("kubeconfig"), ["config", "set-credentials", "u", ...certificate]);
  return file("kubeconfig");
}

interface Operator {
  stop(): Promise<void>;
}

async function startOperator(kubeconfig: string): Promise<Operator> {
  const log = join(folder, "operator.log");
  const output = openSync(log, "a");
  const program = join(root, "packages/operator/src/main.ts");
  const child = spawn(process.execPath, [program, "--kubeconfig", kubeconfig], { stdio: ["ignore", output, output] });
  closeSync(output);
  writeFileSync(operatorFile, String(child.pid));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const tooLong = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(tooLong);
  };
  try {
    await until("the operator leads", 60_000, async () => {
      const text = readFileSync(log, "utf8");
      if (text.includes('"msg":"leading"')) return true;
      throw new Error(text.slice(-500));
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
