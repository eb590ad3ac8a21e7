/** Patroni's dynamic configuration: what the user asked for, with what the cluster cannot do without. */
import type { HbaRule, Opaque, PgCluster } from "../cluster/model.ts";
import * as paths from "../cluster/paths.ts";

export const REPLICATION_USER = "_crunchyrepl";
export const POOLER_USER = "_crunchypgbouncer";

/** Values that go into a PostgreSQL configuration. */
type Parameters = Record<string, string | number | boolean>;

/** What applies unless the user says otherwise. */
function defaultParameters(c: PgCluster, synchronous: boolean): Parameters {
  const hugePages = c.sets.some((set) =>
    Object.keys((set.resources as { limits?: Record<string, string> } | undefined)?.limits ?? {}).some((k) =>
      k.startsWith("hugepages-"),
    ),
  );
  return {
    wal_level: "logical",
    jit: "off",
    password_encryption: "scram-sha-256",
    archive_timeout: "60s",
    // A replica whose primary has gone looks for the new one this often; a commit may be waiting for its acknowledgement.
    wal_retrieve_retry_interval: "1s",
    // A walsender can miss the moment at which there is something to send (PostgreSQL 16 and later: between looking and going to sleep);
    // a commit then waits for its replica's next word, ten seconds as PostgreSQL has it.
    wal_receiver_status_interval: "1s",
    huge_pages: hugePages ? "try" : "off",
    ...(c.backups.enabled
      ? { restore_command: restoreCommand(synchronous, c.backups.global["protocol-timeout"]) }
      : {}),
    ...(c.extensions.pg_stat_monitor
      ? { "pg_stat_monitor.pgsm_enable_overflow": "off", "pg_stat_monitor.pgsm_query_max_len": "2048" }
      : {}),
    ...(c.extensions.pg_stat_statements ? { "pg_stat_statements.track": "all" } : {}),
    ...(c.extensions.pg_cron ? { "cron.database_name": "postgres" } : {}),
  };
}

/** What the operator relies on; the user's value is not looked at. */
function mandatoryParameters(c: PgCluster, user: Parameters): Parameters {
  const track = c.backups.enabled && c.backups.trackLatestRestorableTime;
  return {
    ssl: "on",
    ssl_cert_file: `${paths.TLS}/tls.crt`,
    ssl_key_file: `${paths.TLS}/tls.key`,
    ssl_ca_file: `${paths.TLS}/ca.crt`,
    unix_socket_directories: paths.SOCKETS,
    archive_mode: "on",
    archive_command: c.backups.enabled ? archiveCommand() : "true",
    ...(track ? { track_commit_timestamp: "on" } : {}),
    shared_preload_libraries: preloadLibraries(c, user["shared_preload_libraries"]),
  };
}

/**
 * Pushes a segment, then notes the time of its last commit for the agent; passes over one that the cluster has left behind. pgBackRest
 * insists on finding its own name in it.
 */
export const archiveCommand = (): string =>
  `{ pgbackrest --stanza=${paths.STANZA} archive-push "%p" && sh ${paths.BIN}/note-last-commit "%p"; } || sh ${paths.BIN}/left-behind $? "%p"`;

/**
 * A promotion waits for several answers of the archive, and the first commit after it for those that a replica gets. So it is not
 * asynchronous, which looks every tenth of a second for what a fetch ahead has brought, and some questions do not reach the archive, which
 * takes 20 ms and more for each. A history that has come by replication is not asked for: PostgreSQL takes the one it has. Neither is a
 * segment of which something has come by replication a moment ago (the leader has the rest, and the archive is asked five seconds later), nor
 * what a former primary may have had alone. The same segment of another timeline is asked for: after a rewind it may be there only.
 *
 * An archive that is silent is not waited for again at once either (`bin/archive-get`).
 *
 * @param synchronous whether commits wait for replicas. Otherwise the archive may have commits that no replica has, and is always asked.
 * @param patience seconds in which the repository's host has to say something, each of three times.
 */
export function restoreCommand(synchronous: boolean, patience: string | number = 3): string {
  const streamed = `test -z "$(find pg_wal/$f -newermt "-5 seconds" ! -newermt "5 seconds" 2>/dev/null)"`;
  const segments = synchronous ? `; *) ${streamed} && ! sh ${paths.BIN}/past-fork $f;` : "";
  const wanted = `case $f in *.history) test ! -e "pg_wal/$f";${segments}; esac`;
  const ask = `--stanza=${paths.STANZA} --no-archive-async --protocol-timeout=${patience} archive-get "$f" "%p"`;
  return `f=%f; { ${wanted}; } && ${synchronous ? `sh ${paths.BIN}/archive-get` : "pgbackrest"} ${ask}`;
}

/** User's libraries first, then those of the enabled extensions; citus must come first of all. */
function preloadLibraries(c: PgCluster, user: unknown): string {
  const own = String(user ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const needed: string[] = [];
  if (c.extensions.pg_stat_monitor) needed.push("pg_stat_monitor");
  if (c.extensions.pg_stat_statements) needed.push("pg_stat_statements");
  if (c.extensions.pg_audit) needed.push("pgaudit");
  if (c.extensions.set_user) needed.push("set_user");
  if (c.extensions.pg_cron) needed.push("pg_cron");
  const all = [...own, ...needed.filter((name) => !own.includes(name))];
  return [...all.filter((name) => name === "citus"), ...all.filter((name) => name !== "citus")].join(",");
}

/** Lets the system's user that everything in the container runs as replicate from its own server. */
const IDENT_MAP = "keelson_replication";

/** The lines of pg_hba.conf in the order in which PostgreSQL tries them. */
export function hbaLines(c: PgCluster): string[] {
  const pooler = [`hostssl all "${POOLER_USER}" all scram-sha-256`, `host all "${POOLER_USER}" all reject`];
  const user = [...c.hba.map(hbaLine), ...dynamicHba(c)].map((line) => (c.tlsOnly ? onlyTls(line) : line));
  return [
    'local all "postgres" peer',
    // Patroni asks its own server for the timeline at each step of a failover; over TCP that is a TLS handshake each time.
    `local replication "${REPLICATION_USER}" peer map=${IDENT_MAP}`,
    `hostssl replication "${REPLICATION_USER}" all cert`,
    `hostssl "postgres" "${REPLICATION_USER}" all cert`,
    `host all "${REPLICATION_USER}" all reject`,
    ...pooler,
    ...(user.length > 0 ? user : ["hostssl all all all scram-sha-256"]),
  ];
}

const dynamicHba = (c: PgCluster): string[] => dynamicLines(c, "pg_hba");

function dynamicLines(c: PgCluster, file: "pg_hba" | "pg_ident"): string[] {
  const lines = (c.patroni.dynamic as { postgresql?: Opaque }).postgresql?.[file];
  return Array.isArray(lines) ? lines.filter((line): line is string => typeof line === "string") : [];
}

const onlyTls = (line: string): string => line.replace(/^host\s/, "hostssl ");

const quoteHba = (name: string): string =>
  name === "all" || name === "replication" ? name : `"${name.replaceAll('"', '""')}"`;

/** One rule as a line of pg_hba.conf. `password` would send clear text, so it is written as scram-sha-256. */
export function hbaLine(rule: HbaRule): string {
  if (rule.hba !== undefined) return rule.hba;
  const connection = rule.connection ?? "host";
  const list = (names: readonly string[] | undefined): string =>
    names === undefined || names.length === 0 ? "all" : names.map(quoteHba).join(",");
  const method = rule.method === "password" ? "scram-sha-256" : (rule.method ?? "reject");
  const options = Object.entries(rule.options ?? {}).map(([k, v]) => `${k}="${String(v).replaceAll('"', '""')}"`);
  const address = connection === "local" ? [] : ["all"];
  return [connection, list(rule.databases), list(rule.users), ...address, method, ...options].join(" ");
}

/** Patroni needs loop_wait + 2 * retry_timeout <= ttl, or a primary could outlive its lock. */
const retryTimeout = (c: PgCluster): number => Math.max(3, Math.floor((c.patroni.ttl - c.patroni.loopWait) / 2));

/**
 * The whole content of Patroni's `config` key.
 *
 * Synchronous replication by quorum is the default with two or more instances: then a replica that takes over at once, without waiting
 * for a time limit, has every acknowledged commit. `failsafe_mode` keeps the primary working while the Kubernetes API is away.
 */
export function dynamicConfig(c: PgCluster): Opaque {
  const {
    postgresql: userPostgresql,
    synchronous_mode: userMode,
    ...user
  } = c.patroni.dynamic as {
    postgresql?: { parameters?: Parameters } & Opaque;
    synchronous_mode?: boolean | string;
  };
  const { parameters: userParameters = {}, ...otherPostgresql } = userPostgresql ?? {};
  const instances = c.sets.reduce((sum, set) => sum + set.replicas, 0);
  const mode = userMode ?? (instances > 1 ? "quorum" : undefined);
  const waits = !["false", "off", "local"].includes(String(userParameters["synchronous_commit"]));
  const synchronous = waits && (mode === true || mode === "on" || mode === "quorum");
  return {
    ...(mode === undefined ? {} : { synchronous_mode: mode }),
    failsafe_mode: true,
    ...user,
    ttl: c.patroni.ttl,
    loop_wait: c.patroni.loopWait,
    retry_timeout: (user as { retry_timeout?: number }).retry_timeout ?? retryTimeout(c),
    postgresql: {
      use_slots: !c.backups.enabled,
      ...otherPostgresql,
      use_pg_rewind: true,
      parameters: {
        ...defaultParameters(c, synchronous),
        ...userParameters,
        ...mandatoryParameters(c, userParameters),
      },
      pg_hba: hbaLines(c),
      pg_ident: [`${IDENT_MAP} postgres ${REPLICATION_USER}`, ...dynamicLines(c, "pg_ident")],
    },
  };
}
