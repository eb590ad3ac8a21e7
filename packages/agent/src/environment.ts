/** The restore that the cluster's data come from, and that this instance is to copy. */
export interface Restored {
  readonly id: string;
  /** Milliseconds since 1970, where the volume was there before it. */
  readonly at: number | undefined;
}

/** What the pod tells the agent. */
export interface Environment {
  readonly podName: string;
  readonly podUid: string;
  readonly namespace: string;
  /** Name of Patroni's cluster, which is the name of the Endpoints that hold the leader's lock. */
  readonly scope: string;
  readonly patroniPort: number;
  readonly port: number;
  readonly major: number;
  readonly dataDirectory: string;
  readonly walDirectory: string;
  readonly binDirectory: string;
  readonly tablespaces: readonly string[];
  readonly restored: Restored | undefined;
}

/** Reads the environment; throws when something is missing, with its name. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const required = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === "") throw new Error(`environment variable ${name} is not set`);
    return value;
  };
  const major = Number(required("KEELSON_MAJOR"));
  return {
    podName: required("PATRONI_NAME"),
    podUid: required("KEELSON_POD_UID"),
    namespace: required("KEELSON_NAMESPACE"),
    scope: required("KEELSON_SCOPE"),
    patroniPort: Number(required("KEELSON_PATRONI_PORT")),
    port: Number(required("PGPORT")),
    major,
    dataDirectory: required("PGDATA"),
    walDirectory: required("KEELSON_WAL"),
    binDirectory: `/usr/pgsql-${major}/bin`,
    tablespaces: (env["KEELSON_TABLESPACES"] ?? "").split(",").filter((name) => name !== ""),
    restored: restoredOf(env),
  };
}

function restoredOf(env: NodeJS.ProcessEnv): Restored | undefined {
  const id = env["KEELSON_RESTORED"] ?? "";
  const at = Date.parse(env["KEELSON_RESTORED_AT"] ?? "");
  return id === "" ? undefined : { id, at: Number.isNaN(at) ? undefined : at };
}

/** Where the agent keeps what has to outlive it but not the container. */
export const RUN_DIRECTORY = "/tmp/keelson";
export const PATRONI_PID_FILE = `${RUN_DIRECTORY}/patroni.pid`;
/** There from the moment at which a restore overwrites data until they are complete. */
export const RESTORE_BEGAN_MARK = "/pgdata/.keelson-restore-began";
export const RESTORED_MARK = "/pgdata/.keelson-restored";
export const LATEST_COMMIT_FILE = "/pgdata/latest_commit_timestamp.txt";
/** While it exists, nothing is started and the liveness probe passes: for repairs by hand. */
export const SLEEP_FILE = "/pgdata/sleep-forever";
/** While it exists, the pod is not ready. */
export const LAG_FILE = "/pgdata/replication-lag-detected";
