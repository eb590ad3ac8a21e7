/** How Kubernetes asks a container for its health, and tells it about start and end. */
import type { Static } from "typebox";
import { atomicList, int32, int64, intOrString, named, object, optional, string } from "../schema/builders.ts";

const exec = object({ command: optional(atomicList(string())) });

const httpGet = object({
  host: optional(string()),
  httpHeaders: optional(atomicList(object({ name: string(), value: string() }))),
  path: optional(string()),
  port: intOrString(),
  scheme: optional(string()),
});

const tcpSocket = object({ host: optional(string()), port: intOrString() });

export const probe = named(
  "Probe",
  object({
    exec: optional(exec),
    failureThreshold: optional(int32()),
    grpc: optional(object({ port: int32(), service: optional(string({ default: "" })) })),
    httpGet: optional(httpGet),
    initialDelaySeconds: optional(int32()),
    periodSeconds: optional(int32()),
    successThreshold: optional(int32()),
    tcpSocket: optional(tcpSocket),
    terminationGracePeriodSeconds: optional(int64()),
    timeoutSeconds: optional(int32()),
  }),
);
export interface Probe extends Static<typeof probe> {}

const lifecycleHandler = object({
  exec: optional(exec),
  httpGet: optional(httpGet),
  sleep: optional(object({ seconds: int64() })),
  tcpSocket: optional(tcpSocket),
});

export const lifecycle = object({
  postStart: optional(lifecycleHandler),
  preStop: optional(lifecycleHandler),
  stopSignal: optional(string()),
});
