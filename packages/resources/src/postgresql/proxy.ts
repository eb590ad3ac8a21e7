/** The connection pooler. */
import type { Static } from "typebox";
import { containerResources, resourceRequirements } from "../kubernetes/compute.ts";
import { container } from "../kubernetes/container.ts";
import { volumeProjection } from "../kubernetes/projections.ts";
import { affinity, tolerations, topologySpreadConstraints } from "../kubernetes/scheduling.ts";
import { podSecurityContext } from "../kubernetes/security.ts";
import { keyProjection, localObjectReference, objectMetadata } from "../kubernetes/selectors.ts";
import { volume } from "../kubernetes/volumes.ts";
import { boolean, field, int32, intOrString, list, object, required, string, stringMap } from "../schema/builders.ts";
import { env, envFrom, port, serviceExpose, sidecarPvc } from "./shared.ts";

const config = object({
  databases: field(
    stringMap(),
    "Databases that can be reached and their connection strings; every database when left out.",
  ),
  files: field(
    list(volumeProjection),
    "Files beside PgBouncer's configuration; a pgbouncer.ini among them is read first.",
  ),
  global: field(stringMap(), "Settings of the section [pgbouncer], such as pool_mode."),
  users: field(stringMap(), "Settings of single users."),
});

export const pgBouncer = object({
  additionalTrustedCAs: field(
    list(localObjectReference),
    "Secrets whose ca.crt is trusted for client certificates, beside the cluster's own authority.",
  ),
  affinity: field(affinity, "Where the poolers may run."),
  config: field(config, "PgBouncer's own settings. A change is loaded without a restart where PgBouncer can."),
  containers: field(
    object({ pgbouncerConfig: field(containerResources, "The container that loads a changed configuration.") }),
    "Resources of the helper containers.",
  ),
  customTLSSecret: field(keyProjection, "Certificate that clients see: keys tls.crt, tls.key and ca.crt."),
  env: field(env, "Environment variables of the pooler containers."),
  envFrom: field(envFrom, "Secrets that become environment variables of the pooler containers."),
  expose: field(serviceExpose, "The Service in front of the poolers. status.host names it."),
  exposeSuperusers: field(boolean(), "Whether superusers may come through the pooler."),
  image: field(string(), "Image that holds PgBouncer. The operator's own choice when left out."),
  metadata: field(objectMetadata, "Labels and annotations of what is made for the pooler."),
  minAvailable: field(
    intOrString(),
    "How many poolers a drain must leave running; 1 when left out and there are several.",
  ),
  paused: field(boolean(), "Holds all queries at the pooler (PAUSE); false lets them go on (RESUME)."),
  port: field(port({ default: 5432 }), "Port that the poolers and their Service listen on."),
  priorityClassName: field(string(), "PriorityClass of the poolers."),
  replicas: field(int32({ default: 1, minimum: 0 }), "Number of poolers. 0 is as if there were no pooler."),
  resources: field(resourceRequirements, "Requests and limits of the pooler containers."),
  securityContext: field(podSecurityContext, "Security context of the poolers' pods."),
  sidecarPVCs: field(list(sidecarPvc), "Claims that are made for the sidecars."),
  sidecarVolumes: field(list(volume), "Volumes that the sidecars use."),
  sidecars: field(list(container), "Containers that run beside PgBouncer."),
  tolerations: field(tolerations, "Taints that the poolers tolerate."),
  topologySpreadConstraints: field(topologySpreadConstraints, "How the poolers are spread over nodes and zones."),
  usersSecret: field(
    localObjectReference,
    "Secret whose keys are users and whose values are their passwords at the pooler.",
  ),
});
export interface PgBouncer extends Static<typeof pgBouncer> {}

export const proxy = object({ pgBouncer: required(pgBouncer, "PgBouncer, the pooler that is served.") });
export interface Proxy extends Static<typeof proxy> {}
