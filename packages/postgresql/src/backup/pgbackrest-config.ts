/** pgBackRest's configuration files: for the instances, for the repository host, and for the TLS servers of both. */
import type { PgCluster, Repo } from "../cluster/model.ts";
import { podHost } from "../cluster/model.ts";
import { instancePod, repoHostPod } from "../cluster/names.ts";
import * as paths from "../cluster/paths.ts";

const HEADER = "# Written by Keelson; changes are overwritten. Use spec.backups.pgbackrest.global.\n";
const DIRECTORY = "/etc/pgbackrest/conf.d/~postgres-operator";
const SERVER_DIRECTORY = "/etc/pgbackrest/server";

/** Common name of the client certificate; the servers let nobody else in. */
export const backupClientName = (c: PgCluster): string => `pgbackrest@${c.uid}`;

type Options = Record<string, string | number>;

function ini(sections: Record<string, Options>): string {
  const text = Object.entries(sections).map(([name, options]) =>
    [`[${name}]`, ...Object.entries(options).map(([k, v]) => `${k} = ${v}`)].join("\n"),
  );
  return `${HEADER}\n${text.join("\n\n")}\n`;
}

/** Where a repository lies and how to reach its object store. */
function repoOptions(repo: Repo): Options {
  const n = repo.name;
  const options: Options = { [`${n}-path`]: `${paths.REPOS}/${n}` };
  if (repo.s3 !== undefined) {
    options[`${n}-type`] = "s3";
    options[`${n}-s3-bucket`] = repo.s3.bucket;
    options[`${n}-s3-endpoint`] = repo.s3.endpoint;
    options[`${n}-s3-region`] = repo.s3.region;
  } else if (repo.gcs !== undefined) {
    options[`${n}-type`] = "gcs";
    options[`${n}-gcs-bucket`] = repo.gcs.bucket;
  } else if (repo.azure !== undefined) {
    options[`${n}-type`] = "azure";
    options[`${n}-azure-container`] = repo.azure.container;
  }
  return options;
}

/** Full backups kept when the user gives no retention: without one a repository would grow until its volume is full. */
const DEFAULT_FULL_RETENTION = 3;

function retention(c: PgCluster, repo: Repo): Options {
  const given = Object.keys(c.backups.global).some((key) => key.startsWith(`${repo.name}-retention-`));
  return given || repo.volume === undefined ? {} : { [`${repo.name}-retention-full`]: DEFAULT_FULL_RETENTION };
}

/**
 * Smaller than pgBackRest's default, gzip, for a quarter of its processor time: a segment is packed while a primary hands over. Where the
 * user says anything of it, all is as the user says.
 */
const compression = ({ backups }: PgCluster): Options =>
  Object.keys(backups.global).some((key) => key.startsWith("compress")) ? {} : { "compress-type": "zst" };

/** Configuration inside an instance's pod. */
export function instanceConfig(c: PgCluster): string {
  const global: Options = {
    "spool-path": `${paths.DATA}/pgbackrest-spool`,
    "log-path": `${paths.DATA}/pgbackrest/log`,
    "log-level-console": "warn",
    "archive-async": "y",
    ...compression(c),
  };
  const host = podHost(c, repoHostPod(c));
  for (const repo of c.backups.repos) {
    Object.assign(global, repoOptions(repo));
    if (repo.volume === undefined) continue;
    const n = repo.name;
    global[`${n}-host`] = host;
    global[`${n}-host-type`] = "tls";
    global[`${n}-host-user`] = "postgres";
    global[`${n}-host-ca-file`] = `${DIRECTORY}/tls-ca.crt`;
    global[`${n}-host-cert-file`] = `${DIRECTORY}/client-tls.crt`;
    global[`${n}-host-key-file`] = `${DIRECTORY}/client-tls.key`;
  }
  return ini({
    global: { ...global, ...c.backups.global },
    // A replica that asks for a segment while the repository host is away must not wait a minute for the answer.
    "global:archive-get": { "io-timeout": 5 },
    // PostgreSQL tries a segment three times before it ends; with a repository that is gone this has to fit into a pod's 30 seconds.
    // One that falls silent while its machine still takes connections would hold the log up for half an hour.
    "global:archive-push": {
      "io-timeout": c.backups.global["io-timeout"] ?? 5,
      "protocol-timeout": c.backups.global["protocol-timeout"] ?? 30,
    },
    [paths.STANZA]: localInstance(c),
  });
}

const localInstance = (c: PgCluster): Options => ({
  "pg1-path": paths.dataDirectory(c.major),
  "pg1-port": c.port,
  "pg1-socket-path": paths.SOCKETS,
});

/** Configuration on the repository host. `instances` are all that exist, sorted, so that their numbers stay the same. */
export function repoHostConfig(c: PgCluster, instances: readonly string[]): string {
  const volume = c.backups.repos.find((repo) => repo.volume !== undefined);
  const global: Options = {
    ...(volume === undefined ? { "log-level-file": "off" } : { "log-path": `${paths.REPOS}/${volume.name}/log` }),
    "start-fast": "y",
    "lock-path": "/tmp/pgbackrest",
    "log-level-console": "warn",
    ...compression(c),
  };
  for (const repo of c.backups.repos) Object.assign(global, repoOptions(repo), retention(c, repo));
  const stanza: Options = {};
  instances.forEach((instance, index) => {
    const n = `pg${index + 1}`;
    stanza[`${n}-host`] = podHost(c, instancePod(instance));
    stanza[`${n}-host-type`] = "tls";
    stanza[`${n}-host-user`] = "postgres";
    stanza[`${n}-host-ca-file`] = `${DIRECTORY}/tls-ca.crt`;
    stanza[`${n}-host-cert-file`] = `${DIRECTORY}/client-tls.crt`;
    stanza[`${n}-host-key-file`] = `${DIRECTORY}/client-tls.key`;
    stanza[`${n}-path`] = paths.dataDirectory(c.major);
    stanza[`${n}-port`] = c.port;
    stanza[`${n}-socket-path`] = paths.SOCKETS;
  });
  return ini({ global: { ...global, ...c.backups.global }, [paths.STANZA]: stanza });
}

/** Configuration of `pgbackrest server`, in instances and on the repository host. */
export function serverConfig(c: PgCluster): string {
  const address = c.annotations["pgv2.percona.com/pgbackrest-ip-version"] === "IPv6" ? "::" : "0.0.0.0";
  return ini({
    global: {
      "tls-server-address": address,
      "tls-server-port": paths.BACKUP_PORT,
      "tls-server-auth": `${backupClientName(c)}=*`,
      "tls-server-ca-file": `${DIRECTORY}/tls-ca.crt`,
      "tls-server-cert-file": `${SERVER_DIRECTORY}/server-tls.crt`,
      "tls-server-key-file": `${SERVER_DIRECTORY}/server-tls.key`,
    },
    "global:server": { "log-level-console": "warn", "log-level-file": "off", "log-level-stderr": "error" },
  });
}
