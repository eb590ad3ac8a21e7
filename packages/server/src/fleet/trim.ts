/** What the caches keep of each object: only what the views read, since there is one copy per object for as long as the server runs. */
import type { ContainerStatus, CoreEvent, Endpoints, Live, Pod, Service } from "@keelson/kube";
import type { PgCluster } from "../model/resources.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export function trimCluster(cluster: Live<PgCluster>): Live<PgCluster> {
  delete cluster.metadata.annotations?.[LAST_APPLIED];
  return cluster;
}

export function trimPod(pod: Live<Pod>): Live<Pod> {
  return {
    ...identity(pod),
    metadata: {
      ...meta(pod),
      ...pick(pod.metadata.annotations?.["status"], (status) => ({ annotations: { status } })),
    },
    spec: {
      ...pick(pod.spec?.nodeName, (nodeName) => ({ nodeName })),
      containers: (pod.spec?.containers ?? []).map(({ name }) => ({ name })),
    },
    status: {
      ...pick(pod.status?.phase, (phase) => ({ phase })),
      ...pick(pod.status?.startTime, (startTime) => ({ startTime })),
      ...pick(pod.status?.conditions, (conditions) => ({ conditions })),
      ...pick(pod.status?.initContainerStatuses, (all) => ({ initContainerStatuses: all.map(trimStatus) })),
      ...pick(pod.status?.containerStatuses, (all) => ({ containerStatuses: all.map(trimStatus) })),
    },
  };
}

function trimStatus({ name, ready, restartCount, state, lastState }: ContainerStatus): ContainerStatus {
  return {
    name,
    ready,
    restartCount,
    image: "",
    imageID: "",
    ...pick(state, (value) => ({ state: value })),
    ...pick(lastState, (value) => ({ lastState: value })),
  };
}

export function trimEndpoints(endpoints: Live<Endpoints>): Live<Endpoints> {
  const { leader, optime } = endpoints.metadata.annotations ?? {};
  const annotations = {
    ...pick(leader, (value) => ({ leader: value })),
    ...pick(optime, (value) => ({ optime: value })),
  };
  return { ...identity(endpoints), metadata: { ...meta(endpoints), annotations } };
}

export function trimService(service: Live<Service>): Live<Service> {
  return {
    ...identity(service),
    metadata: meta(service),
    spec: { ...pick(service.spec?.ports, (ports) => ({ ports })), ...pick(service.spec?.type, (type) => ({ type })) },
    status: { ...pick(service.status?.loadBalancer, (loadBalancer) => ({ loadBalancer })) },
  };
}

export function trimEvent(event: Live<CoreEvent>): Live<CoreEvent> {
  delete event.metadata.annotations;
  delete event.metadata.labels;
  delete event.source;
  return event;
}

/** The type of each kind names its apiVersion and kind as literals. */
function identity<T extends Live>(object: T): Pick<T, "apiVersion" | "kind"> {
  return { apiVersion: object.apiVersion, kind: object.kind };
}

function meta({ metadata }: Live): Live["metadata"] {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels } = metadata;
  return {
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...pick(namespace, (value) => ({ namespace: value })),
    ...pick(deletionTimestamp, (value) => ({ deletionTimestamp: value })),
    ...pick(labels, (value) => ({ labels: value })),
  };
}

function pick<V, R extends object>(value: V | undefined, make: (value: V) => R): R | Record<never, never> {
  return value === undefined ? {} : make(value);
}
