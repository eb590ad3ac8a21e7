/** Puts databases on the stage as the operator would leave them: objects and statuses, without processes behind them. */
import { type Client, kinds, type Pod } from "@keelson/kube";
import type { CreateDatabase } from "../src/api/requests.ts";
import { databaseManifest } from "../src/manifest/database.ts";
import { annotation, label } from "../src/manifest/names.ts";
import { backups, clusters, type PgBackup, type PgCluster, type PgRestore, restores } from "../src/model/resources.ts";
import { put } from "./put.ts";

export interface InstanceScene {
  readonly name: string;
  readonly role?: "primary" | "replica";
  readonly ready: boolean;
  readonly node?: string;
  /** WAL position in bytes. */
  readonly position?: number;
  /** The reason of the container's waiting. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly restarts?: number;
}

export interface DatabaseScene {
  readonly request: CreateDatabase;
  readonly status?: PgCluster["status"];
  readonly instances?: readonly InstanceScene[];
  readonly poolers?: readonly { readonly name: string; readonly ready: boolean; readonly node?: string }[];
  readonly repoHost?: boolean;
  readonly external?: string;
}

/** Creates or changes a database and everything that belongs to it. */
export async function putDatabase(client: Client, scene: DatabaseScene): Promise<void> {
  const manifest = databaseManifest(scene.request) as unknown as PgCluster;
  const { name } = scene.request;
  await put(client, clusters, manifest, scene.status);
  await putEndpoints(client, scene);
  for (const instance of scene.instances ?? []) await putPod(client, instancePod(scene, instance));
  for (const pooler of scene.poolers ?? [])
    await putPod(client, helperPod(scene, pooler.name, { [label.role]: "pgbouncer" }, pooler));
  if (scene.repoHost !== undefined) {
    await putPod(
      client,
      helperPod(scene, `${name}-repo-host-0`, { [label.data]: "pgbackrest" }, { ready: scene.repoHost }),
    );
  }
  if (scene.external !== undefined) await putServices(client, scene, scene.external);
  await putSecret(client, scene);
}

/** A namespace in which pods can be made; its service account is the controllers' work, which do not run here. */
export async function putNamespace(client: Client, name: string): Promise<void> {
  await put(client, kinds.Namespace, { metadata: { name } });
  await put(client, kinds.ServiceAccount, { metadata: { name: "default", namespace: name } });
}

async function putEndpoints(client: Client, { request, instances = [] }: DatabaseScene): Promise<void> {
  const leader = instances.find((instance) => instance.role === "primary");
  if (leader === undefined) return;
  const { name, namespace = "default" } = request;
  await put(client, kinds.Endpoints, {
    metadata: {
      name: `${name}-ha`,
      namespace,
      labels: { [label.cluster]: name },
      annotations: { leader: `${leader.name}-0`, optime: String(leader.position ?? 0) },
    },
  });
}

function instancePod(scene: DatabaseScene, instance: InstanceScene): Pod {
  const labels = {
    [label.data]: "postgres",
    [label.instance]: instance.name,
    ...(instance.role === undefined ? {} : { [label.role]: instance.role }),
  };
  const pod = helperPod(scene, `${instance.name}-0`, labels, instance);
  const member = {
    state: "running",
    role: instance.role,
    xlog_location: instance.position,
    timeline: 3,
    replication_state: "streaming",
  };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(instance.position === undefined ? {} : { annotations: { status: JSON.stringify(member) } }),
    },
  };
}

interface PodState {
  readonly ready: boolean;
  readonly node?: string;
  readonly waiting?: InstanceScene["waiting"];
  readonly restarts?: number;
}

function helperPod({ request }: DatabaseScene, name: string, labels: Record<string, string>, state: PodState): Pod {
  const { ready, waiting } = state;
  return {
    metadata: { name, namespace: request.namespace ?? "default", labels: { [label.cluster]: request.name, ...labels } },
    spec: { nodeName: state.node ?? "node-1", containers: [{ name: "database", image: "keelson/postgresql:17" }] },
    status: {
      phase: ready ? "Running" : "Pending",
      startTime: new Date().toISOString().replace(/\.\d+/, ""),
      conditions: [
        { type: "PodScheduled", status: "True" },
        { type: "Ready", status: ready ? "True" : "False" },
      ],
      containerStatuses: [
        {
          name: "database",
          ready,
          restartCount: state.restarts ?? 0,
          image: "keelson/postgresql:17",
          imageID: "",
          state:
            waiting === undefined
              ? { running: { startedAt: new Date().toISOString().replace(/\.\d+/, "") } }
              : { waiting },
        },
      ],
    },
  };
}

async function putPod(client: Client, { status, ...pod }: Pod): Promise<void> {
  await put(client, kinds.Pod, pod, status);
}

async function putServices(client: Client, { request }: DatabaseScene, address: string): Promise<void> {
  const namespace = request.namespace ?? "default";
  for (const [suffix, port] of [
    ["ha", 5432],
    ["pgbouncer", 5432],
  ] as const) {
    const name = `${request.name}-${suffix}`;
    await put(client, kinds.Service, {
      metadata: { name, namespace, labels: { [label.cluster]: request.name } },
      spec: { type: "LoadBalancer", ports: [{ name: "postgres", port }] },
    });
    const status = { loadBalancer: { ingress: [{ ip: address }] } };
    await client.patch(
      kinds.Service,
      { namespace, name },
      { type: "merge", body: { status } },
      { subresource: "status" },
    );
  }
}

async function putSecret(client: Client, { request }: DatabaseScene): Promise<void> {
  const { name, namespace = "default" } = request;
  await put(client, kinds.Secret, {
    metadata: { name: `${name}-pguser-${name}`, namespace, labels: { [label.cluster]: name, [label.pguser]: name } },
    stringData: {
      user: name,
      password: "s3cret/with+signs",
      dbname: name,
      host: `${name}-primary.${namespace}.svc`,
      port: "5432",
    },
  });
}

/** A backup with its status. */
export async function putBackup(
  client: Client,
  backup: {
    readonly name: string;
    readonly database: string;
    readonly namespace?: string;
    readonly status: PgBackup["status"];
  },
): Promise<void> {
  const { name, namespace = "default", database, status } = backup;
  await put(client, backups, {
    metadata: { name, namespace },
    spec: { pgCluster: database, repoName: "repo1", options: ["--type=full"] },
  } as PgBackup);
  await client.patch(backups, { namespace, name }, { type: "merge", body: { status } }, { subresource: "status" });
}

/** A restore with its status. */
export async function putRestore(
  client: Client,
  restore: {
    readonly name: string;
    readonly database: string;
    readonly namespace?: string;
    readonly options: string[];
    readonly status: PgRestore["status"];
    /** The timeline that was followed before it, as the operator notes it. */
    readonly timelineBefore?: number;
  },
): Promise<void> {
  const { name, namespace = "default", database, options, status, timelineBefore } = restore;
  const annotations = timelineBefore === undefined ? {} : { [annotation.timelineBefore]: String(timelineBefore) };
  await put(client, restores, {
    metadata: { name, namespace, annotations },
    spec: { pgCluster: database, repoName: "repo1", options },
  } as PgRestore);
  await client.patch(restores, { namespace, name }, { type: "merge", body: { status } }, { subresource: "status" });
}

/** An event about an object of a database. */
export async function putEvent(
  client: Client,
  event: {
    readonly about: string;
    readonly name: string;
    readonly namespace?: string;
    readonly type: "Normal" | "Warning";
    readonly reason: string;
    readonly message: string;
    readonly at: Date;
  },
): Promise<void> {
  const namespace = event.namespace ?? "default";
  const at = event.at.toISOString().replace(/\.\d+/, "");
  await client.create(kinds.Event, {
    metadata: { name: `${event.name}.${Math.random().toString(16).slice(2, 12)}`, namespace },
    involvedObject: { kind: event.about, name: event.name, namespace },
    type: event.type,
    reason: event.reason,
    message: event.message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
  });
}
