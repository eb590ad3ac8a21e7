/** What a user asks for in a PerconaPGCluster. */
import type { Static } from "typebox";
import { localObjectReferences, objectMetadata } from "../kubernetes/selectors.ts";
import { boolean, field, integer, mapList, object, required, rules, string } from "../schema/builders.ts";
import { authentication, secrets, tls } from "./access.ts";
import { backups } from "./backups.ts";
import { dataSource } from "./data-source.ts";
import { extensions } from "./extensions.ts";
import { instanceSet } from "./instances.ts";
import { logicalReplica } from "./logical-replicas.ts";
import { logCollector, pmm } from "./monitoring.ts";
import { config } from "./parameters.ts";
import { patroni } from "./patroni.ts";
import { proxy } from "./proxy.ts";
import { imagePullPolicy, initContainer, keyReference, port, serviceExpose } from "./shared.ts";
import { standby } from "./standby.ts";
import { user } from "./users.ts";

const semanticVersion = string({
  rules: [
    {
      message: "CRVersion must be a valid semantic version",
      rule: `self == "" || self.matches('^[0-9]+\\\\.[0-9]+\\\\.[0-9]+([-+][a-zA-Z0-9.+-]+)?$')`,
    },
  ],
});

export const perconaPGClusterSpec = object(
  {
    authentication: field(authentication, "Rules of who may connect from where with which method."),
    autoCreateUserSchema: field(
      boolean(),
      "Whether each user gets a schema of its name in each of its databases; true when left out.",
    ),
    backups: required(backups, "Backups, archive of the write-ahead log, and schedules."),
    clusterServiceDNSSuffix: field(
      string(),
      "Domain of the Kubernetes cluster; the operator's own setting, usually cluster.local, when left out.",
    ),
    config: field(config, "Files and parameters of PostgreSQL."),
    crVersion: field(
      semanticVersion,
      "Version of the operator whose behaviour this resource follows. The operator's own version when left out; it is never written.",
    ),
    dataSource: field(dataSource, "Where a new cluster gets its data from; empty when left out."),
    databaseInitSQL: field(keyReference, "ConfigMap with SQL that runs once as the superuser when the cluster is new."),
    expose: field(serviceExpose, "The Service of the primary."),
    exposeReplicas: field(serviceExpose, "The Service of the replicas."),
    extensions: field(extensions, "Extensions of PostgreSQL."),
    image: field(string(), "Image of PostgreSQL. The operator's own choice for the version when left out."),
    imagePullPolicy: field(imagePullPolicy(), "When images are pulled, for every container."),
    imagePullSecrets: field(localObjectReferences, "Secrets with credentials of image registries."),
    initContainer: field(initContainer, "The container that prepares every pod."),
    instances: required(mapList(instanceSet, ["name"], { minItems: 1 }), "Sets of PostgreSQL servers, one or more."),
    logcollector: field(logCollector, "Collection of logs by fluent-bit."),
    logicalReplicas: field(mapList(logicalReplica), "Replicas by logical replication. Need PostgreSQL 17 or newer."),
    metadata: field(objectMetadata, "Labels and annotations of everything that is made for the cluster."),
    openshift: field(boolean(), "Whether this is OpenShift."),
    patroni: field(patroni, "High availability and PostgreSQL's parameters."),
    pause: field(boolean(), "Stops the cluster and keeps its data; false starts it again."),
    pmm: field(pmm, "Monitoring by Percona Monitoring and Management."),
    port: field(port({ default: 5432 }), "Port of PostgreSQL."),
    postgresVersion: required(
      integer({ minimum: 12, maximum: 18 }),
      "Major version of PostgreSQL. It cannot be changed in this version: restore into a new cluster by dump and reload.",
    ),
    proxy: field(proxy, "The connection pooler; none when left out."),
    secrets: field(secrets, "Certificates of your own."),
    standby: field(standby, "Makes this a copy of another cluster, usually on another site."),
    tls: field(tls, "How certificates are made."),
    tlsOnly: field(boolean(), "Whether connections without TLS are refused."),
    unmanaged: field(boolean(), "Stops the operator from touching the cluster; false takes it back."),
    users: field(
      mapList(user),
      "Users and their databases; one user and one database named as the cluster when left out.",
    ),
  },
  rules([
    {
      message: "pg_tde is only supported for PG16 and above",
      rule: "!has(self.extensions) || !has(self.extensions.pg_tde) || !has(self.extensions.pg_tde.enabled) || !self.extensions.pg_tde.enabled || self.postgresVersion >= 16",
    },
    {
      message: "PostgresVersion must be >= 15 if grantPublicSchemaAccess exists and is true",
      rule: "!has(self.users) || self.postgresVersion >= 15 || self.users.all(u, !has(u.grantPublicSchemaAccess) || !u.grantPublicSchemaAccess)",
    },
    {
      message: "spec.logicalReplicas requires spec.postgresVersion >= 17",
      rule: "!has(self.logicalReplicas) || size(self.logicalReplicas) == 0 || self.postgresVersion >= 17",
    },
    {
      message: "spec.logicalReplicas[].bootstrapMethod must be 'pg_basebackup' when spec.backups.enabled is false",
      rule: "!has(self.logicalReplicas) || size(self.logicalReplicas) == 0 || !has(self.backups) || !has(self.backups.enabled) || self.backups.enabled || self.logicalReplicas.all(r, has(r.bootstrapMethod) && r.bootstrapMethod == 'pg_basebackup')",
    },
  ]),
);
export interface PerconaPGClusterSpec extends Static<typeof perconaPGClusterSpec> {}
