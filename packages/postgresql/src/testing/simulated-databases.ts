/**
 * Plays Patroni, PostgreSQL and pgBackRest for the pods of simulated nodes: writes what Patroni writes to the Kubernetes API, answers
 * the commands that the operator runs in pods, and lets backup and restore Jobs end well. Nothing is stored but what a test asks about.
 */
import {
  Client,
  type Endpoints,
  type ExecResult,
  Informer,
  isAlreadyExists,
  kinds,
  type Live,
  type Pod,
  type Transport,
} from "@keelson/kube";
import { label } from "../cluster/labels.ts";

/** How often, and after which pause, a step is tried again. */
const TRIES = 10;
const RETRY_MS = 100;

type ExecInput = Parameters<Client["exec"]>[0];

/** What is in one cluster's repository, and what was run in its pods. */
interface Repository {
  readonly backups: { readonly label: string; readonly job: string }[];
}

const isReady = (pod: Live<Pod>): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;

const clusterOf = (pod: Live<Pod>): string => `${pod.metadata.namespace}/${pod.metadata.labels?.[label.cluster] ?? ""}`;

export class SimulatedDatabases {
  readonly #client: Client;
  readonly #pods: Informer<Pod>;
  readonly #stop = new AbortController();
  readonly #repositories = new Map<string, Repository>();
  readonly #queues = new Map<string, Promise<void>>();

  constructor(client: Client) {
    this.#client = client;
    this.#pods = new Informer({ client, kind: kinds.Pod, selection: { labelSelector: label.cluster } });
  }

  async start(): Promise<void> {
    const endpoints = new Informer({
      client: this.#client,
      kind: kinds.Endpoints,
      selection: { labelSelector: label.cluster },
    });
    this.#pods.subscribe(({ object }) => this.#look(clusterOf(object), object));
    endpoints.subscribe(({ object }) =>
      this.#look(`${object.metadata.namespace}/${object.metadata.labels?.[label.cluster] ?? ""}`),
    );
    void this.#pods.start(this.#stop.signal);
    void endpoints.start(this.#stop.signal);
    await Promise.all([this.#pods.synced(), endpoints.synced()]);
  }

  stop(): void {
    this.#stop.abort();
  }

  backupsOf(cluster: string): number {
    return this.#repositories.get(cluster)?.backups.length ?? 0;
  }

  /** A client whose `exec` is answered here. */
  client(transport: Transport, fieldManager: string): Client {
    const answer = (input: ExecInput): Promise<ExecResult> => this.#exec(input);
    class SimulatedClient extends Client {
      override exec(input: ExecInput): Promise<ExecResult> {
        return answer(input);
      }
    }
    return new SimulatedClient(transport, { fieldManager });
  }

  async #exec({ namespace, pod, command, stdin }: ExecInput): Promise<ExecResult> {
    const ok = (stdout = ""): ExecResult => ({ stdout, stderr: "", exitCode: 0 });
    const live = this.#pods.get({ namespace, name: pod });
    if (live === undefined) return { stdout: "", stderr: "no such pod", exitCode: 1 };
    const sql = String(stdin ?? "");
    if (command[0] === "psql")
      return ok(/last_archived_wal|pg_switch_wal/.test(sql) ? "0000000100000000000000FF\n" : "true\n");
    if (command[0] !== "pgbackrest" || !command.includes("info")) return ok();
    const backups = (this.#repositories.get(clusterOf(live))?.backups ?? []).map((b) => ({
      label: b.label,
      type: "full",
      annotation: { "percona.com/backup-job-name": b.job },
      database: { "repo-key": 1 },
      timestamp: { start: 1, stop: 1 },
    }));
    return ok(JSON.stringify([{ name: "db", backup: backups }]));
  }

  /** One step after another for each cluster. */
  #look(cluster: string, changed?: Live<Pod>): void {
    const before = this.#queues.get(cluster) ?? Promise.resolve();
    const next = before.then(async () => {
      // Somebody else wrote first, the namespace is going away, the server was busy: as Patroni does, it is tried again.
      for (let tries = 0; tries < TRIES && !this.#stop.signal.aborted; tries++) {
        try {
          if (changed !== undefined) await this.#job(cluster, changed);
          await this.#patroni(cluster);
          return;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    });
    this.#queues.set(cluster, next);
  }

  /** Jobs of backups and restores end as soon as their pod runs. */
  async #job(cluster: string, pod: Live<Pod>): Promise<void> {
    const job = pod.metadata.labels?.["batch.kubernetes.io/job-name"] ?? pod.metadata.labels?.["job-name"];
    if (job === undefined || pod.metadata.annotations?.["sim/exit"] !== undefined || !isReady(pod)) return;
    if (pod.metadata.labels?.[label.backupJob] !== undefined) {
      const repository = this.#repositories.get(cluster) ?? { backups: [] };
      this.#repositories.set(cluster, repository);
      if (!repository.backups.some((b) => b.job === job))
        repository.backups.push({ label: `backup-${repository.backups.length + 1}`, job });
    }
    const { namespace, name } = pod.metadata;
    await this.#client.patch(
      kinds.Pod,
      { namespace, name },
      { type: "merge", body: { metadata: { annotations: { "sim/exit": "0" } } } },
    );
  }

  async #patroni(cluster: string): Promise<void> {
    const [namespace = "", name = ""] = cluster.split("/");
    const members = this.#pods
      .list(namespace)
      .filter(
        (pod) =>
          pod.metadata.labels?.[label.cluster] === name &&
          pod.metadata.labels[label.data] === "postgres" &&
          isReady(pod),
      )
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    if (members.length === 0) return;
    const config = await this.#client.get(kinds.Endpoints, { namespace, name: `${name}-ha-config` });
    if (config === undefined) return;
    const lock = await this.#client.get(kinds.Endpoints, { namespace, name: `${name}-ha` });
    const wanted = await this.#leader({ namespace, name }, lock, members);
    if (wanted === undefined) return;
    const moves = lock?.metadata.annotations?.["leader"] !== wanted;
    // Each change of the leader begins a timeline.
    const timeline = Number(lock?.metadata.annotations?.["transitions"] ?? 0) + (moves ? 1 : 0);
    if (moves) {
      await this.#write(
        lock,
        `${name}-ha`,
        { namespace, name },
        { leader: wanted, acquireTime: new Date().toISOString(), transitions: String(timeline) },
      );
    }
    if ((config.metadata.annotations?.["initialize"] ?? "") === "")
      await this.#write(config, `${name}-ha-config`, { namespace, name }, { initialize: "7400000000000000001" });
    for (const pod of members) await this.#member(pod, pod.metadata.name === wanted ? "primary" : "replica", timeline);
  }

  /** The holder of the lock while it runs; else who was asked for; else, when the lock is free, the first. */
  async #leader(
    at: { namespace: string; name: string },
    lock: Live<Endpoints> | undefined,
    members: readonly Live<Pod>[],
  ): Promise<string | undefined> {
    const names = members.map((pod) => pod.metadata.name);
    const holder = lock?.metadata.annotations?.["leader"];
    const request = await this.#client.get(kinds.Endpoints, {
      namespace: at.namespace,
      name: `${at.name}-ha-failover`,
    });
    const asked = request?.metadata.annotations?.["member"];
    if (asked !== undefined && asked !== "" && request !== undefined) {
      await this.#write(request, request.metadata.name, at, { leader: null, member: null });
      if (request.metadata.annotations?.["leader"] === holder && names.includes(asked)) return asked;
    }
    if (holder === undefined || holder === "") return names[0];
    return names.includes(holder) ? holder : undefined;
  }

  async #member(pod: Live<Pod>, role: string, timeline: number): Promise<void> {
    const status = JSON.stringify({ state: "running", role, timeline, xlog_location: 1_000, version: "4.0.7" });
    const { namespace, name, labels, annotations } = pod.metadata;
    if (labels?.[label.role] === role && annotations?.["status"] === status) return;
    const body = { metadata: { labels: { [label.role]: role }, annotations: { status } } };
    await this.#client.patch(kinds.Pod, { namespace, name }, { type: "merge", body });
  }

  async #write(
    live: Live<Endpoints> | undefined,
    object: string,
    at: { namespace: string; name: string },
    annotations: Record<string, string | null>,
  ): Promise<void> {
    const { namespace, name } = at;
    if (live !== undefined) {
      await this.#client.patch(
        kinds.Endpoints,
        { namespace, name: object },
        { type: "merge", body: { metadata: { annotations } } },
      );
      return;
    }
    const labels = { [label.cluster]: name, [label.patroni]: `${name}-ha` };
    const set = Object.fromEntries(
      Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    try {
      await this.#client.create(kinds.Endpoints, { metadata: { namespace, name: object, labels, annotations: set } });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
