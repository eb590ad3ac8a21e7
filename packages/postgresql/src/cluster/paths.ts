/** Where things are inside the pods. The agent (packages/agent) relies on the same paths. */
export const DATA = "/pgdata";
export const WAL = "/pgwal";
export const TABLESPACES = "/tablespaces";
export const REPOS = "/pgbackrest";
/** Copies of the certificates that PostgreSQL reads, made by the agent with the file modes that it insists on. */
export const TLS = "/pgconf/tls";
/** The certificates as Kubernetes mounts them. */
export const TLS_SOURCE = "/etc/keelson/tls";
export const SOCKETS = "/tmp/postgres";
/** Programs of the agent image. */
export const TOOLS = "/opt/crunchy";
export const BIN = "/opt/crunchy/agent/src/bin";
export const STANZA = "db";
/** The port on which the agent answers the kubelet's probes. */
export const AGENT_PORT = 8009;
export const BACKUP_PORT = 8432;

export const dataDirectory = (major: number): string => `${DATA}/pg${major}`;
/** WAL lies beside the data, or on its own volume. */
export const walDirectory = (major: number, ownVolume: boolean): string =>
  ownVolume ? `${WAL}/pg${major}_wal` : `${DATA}/pg${major}_wal`;
export const binDirectory = (major: number): string => `/usr/pgsql-${major}/bin`;
