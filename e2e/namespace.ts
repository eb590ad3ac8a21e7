/** A namespace of its own for a scenario, and what scenarios ask of the PostgreSQL clusters in it. */
import type { Pod } from "@keelson/kube";
import type { Kubernetes } from "./platform.ts";
import { until } from "./until.ts";

/** As much of a PerconaPGCluster as the scenarios look at. */
export interface ClusterView {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly instances: readonly Record<string, unknown>[] };
  readonly status?: {
    readonly state?: string;
    readonly host?: string;
    readonly observedGeneration?: number;
    readonly postgres?: { readonly size?: number; readonly ready?: number };
    readonly pgbouncer?: { readonly size?: number; readonly ready?: number };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

export interface InstancePod {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** Limit of the database's container. */
  readonly memory: string | undefined;
}

const everywhere = "default";
const prefix = "postgres-operator.crunchydata.com";

/** Makes the namespace, unless it is the one that every Kubernetes has. */
export async function openNamespace(platform: Kubernetes, name: string): Promise<Namespace> {
  if (name !== everywhere) await platform.kubectl(["create", "namespace", name]);
  return new Namespace(platform, name);
}

export class Namespace {
  readonly name: string;
  readonly #platform: Kubernetes;

  constructor(platform: Kubernetes, name: string) {
    this.#platform = platform;
    this.name = name;
  }

  kubectl(...args: string[]): Promise<string> {
    return this.#platform.kubectl(["-n", this.name, ...args]);
  }

  apply(manifest: string): Promise<string> {
    return this.#platform.kubectl(["-n", this.name, "apply", "-f", "-"], manifest);
  }

  /** Merges into the cluster's spec. */
  async patch(cluster: string, spec: object): Promise<void> {
    await this.kubectl("patch", "pg", cluster, "--type=merge", "-p", JSON.stringify({ spec }));
  }

  async cluster(name: string): Promise<ClusterView> {
    return JSON.parse(await this.kubectl("get", "pg", name, "-o", "json")) as ClusterView;
  }

  /** Waits until the operator has seen the newest manifest and calls the cluster ready, with all its instances. */
  untilReady(name: string, limitMs = 180_000): Promise<ClusterView> {
    return until(`cluster ${this.name}/${name} ready`, limitMs, async () => {
      const cluster = await this.cluster(name);
      const { status, metadata } = cluster;
      const newest = status?.observedGeneration === metadata.generation;
      const whole = status?.postgres?.ready === status?.postgres?.size;
      if (status?.state === "ready" && newest && whole) return cluster;
      throw new Error(`generation ${metadata.generation}: ${JSON.stringify(status ?? "no status")}`);
    });
  }

  /** The pod that Patroni labels as the primary. */
  async primary(cluster: string): Promise<string> {
    const pods = await this.#pods(`${prefix}/cluster=${cluster},${prefix}/role=primary`);
    const [only] = pods;
    if (only === undefined || pods.length !== 1) throw new Error(`${pods.length} pods are labelled primary`);
    return only;
  }

  /** The pods of all instances, sorted. */
  instances(cluster: string): Promise<string[]> {
    return this.#pods(`${prefix}/cluster=${cluster},${prefix}/data=postgres`);
  }

  /** The pods of all instances, with what the scenarios ask of them. */
  async pods(cluster: string): Promise<InstancePod[]> {
    const selector = `${prefix}/cluster=${cluster},${prefix}/data=postgres`;
    const { items } = JSON.parse(await this.kubectl("get", "pods", "-l", selector, "-o", "json")) as { items: Pod[] };
    return items.map(({ metadata, spec, status }) => ({
      name: metadata?.name ?? "",
      uid: metadata?.uid ?? "",
      ready:
        status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true,
      memory: spec?.containers.find(({ name }) => name === "database")?.resources?.limits?.["memory"],
    }));
  }

  /** What the programs of all instances have written, since their containers began. */
  async logs(cluster: string): Promise<string> {
    const logs = (await this.instances(cluster)).map(async (pod) => {
      const text = await this.kubectl("logs", pod, "-c", "database", "--tail=400").catch(
        (error: Error) => error.message,
      );
      return `--- ${pod}\n${text}`;
    });
    return (await Promise.all(logs)).join("\n");
  }

  /**
   * Runs SQL from the primary's container, as the superuser in a database, or as whoever a URI in its place names. Resolves with what
   * psql prints, unaligned and without headings.
   */
  async psql(cluster: string, statements: string, database = cluster): Promise<string> {
    return this.psqlIn(await this.primary(cluster), statements, database);
  }

  /** The same in the pod of one instance. */
  async psqlIn(pod: string, statements: string, database: string): Promise<string> {
    const command = [
      "exec",
      "-i",
      pod,
      "-c",
      "database",
      "--",
      "psql",
      "-XAtq",
      "-v",
      "ON_ERROR_STOP=1",
      "-d",
      database,
    ];
    return (await this.#platform.kubectl(["-n", this.name, ...command], statements)).trim();
  }

  /** Texts of a Secret. */
  async secret(name: string): Promise<Record<string, string>> {
    const { data = {} } = JSON.parse(await this.kubectl("get", "secret", name, "-o", "json")) as {
      data?: Record<string, string>;
    };
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }

  /** Deletes it with all that is in it; of the one that every Kubernetes has, the clusters. */
  async close(): Promise<void> {
    await this.kubectl("delete", "pg", "--all", "--timeout=120s");
    if (this.name !== everywhere) await this.#platform.kubectl(["delete", "namespace", this.name, "--timeout=120s"]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #pods(selector: string): Promise<string[]> {
    const names = await this.kubectl("get", "pods", "-l", selector, "-o", "name");
    return names
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace("pod/", ""))
      .sort();
  }
}
