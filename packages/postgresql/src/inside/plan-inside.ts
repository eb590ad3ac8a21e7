/** Work that has to be done inside the pods: SQL in the primary, the stanza on the repository host, parameters in Patroni. */

import { dataEra } from "../backup/era.ts";
import { backupConfigHash } from "../cluster/config-maps.ts";
import { label } from "../cluster/labels.ts";
import { type Opaque, type PgCluster, secretField, type User } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { BACKUPS_DELETED, mustDeleteBackups } from "../cluster/plan-deletion.ts";
import { hashOf } from "../cluster/template-hash.ts";
import { activeRestore, appliedMarks, isReady, primaryOf, systemIdentifier, type View } from "../cluster/view.ts";
import { dynamicConfig } from "../ha/dynamic-config.ts";
import type { Problem } from "../reasons.ts";
import { textsOf } from "../tls/certificates.ts";
import { roleOptions } from "../users/role-options.ts";
import {
  databaseScripts,
  extensionScripts,
  namedDatabases,
  poolerScripts,
  type Script,
  userScripts,
} from "../users/sql.ts";
import { knownMarks } from "./init-sql-record.ts";
import { initSqlTask } from "./plan-init-sql.ts";

/** One piece of work. `hash` is noted under `topic` when it is done. */
export type Task =
  | {
      readonly type: "sql";
      readonly topic: string;
      readonly hash: string;
      readonly pod: string;
      readonly scripts: readonly Script[];
    }
  | {
      readonly type: "initSql";
      readonly topic: "initSql";
      readonly hash: string;
      readonly pod: string;
      /** Noted as started before it runs: what may have been interrupted is not blindly run again. */
      readonly name: string;
      readonly configMap: string;
      readonly key: string;
      /** It has failed before. */
      readonly isRetry: boolean;
    }
  | { readonly type: "stanza"; readonly topic: "stanza"; readonly hash: string; readonly pod: string }
  | {
      readonly type: "deleteBackups";
      readonly topic: typeof BACKUPS_DELETED;
      readonly hash: string;
      readonly pod: string;
      readonly repos: readonly string[];
      /** Of backups: they would try again what is ended on the repository host. */
      readonly jobs: readonly { readonly name: string; readonly uid: string }[];
      readonly primary: string | undefined;
      readonly store: string;
      /** Patroni's configuration without archiving: what is archived now would be refused, and would hold up the shutdown. */
      readonly config: string;
    }
  | {
      readonly type: "parameters";
      readonly topic: "parameters";
      readonly hash: string;
      readonly pod: string | undefined;
      readonly store: string;
      readonly config: string;
      readonly parameters: unknown;
    }
  /** Nothing to do but to note: a refusal, or that there is nothing. */
  | { readonly type: "note"; readonly topic: string; readonly hash: string | undefined; readonly error?: string };

/** The same configuration with an archive_command that does nothing. */
function withoutArchiving(config: Opaque): Opaque {
  const { postgresql, ...rest } = config as { postgresql?: { parameters?: Opaque } & Opaque };
  return { ...rest, postgresql: { ...postgresql, parameters: { ...postgresql?.parameters, archive_command: "true" } } };
}

const isSame = (a: unknown, b: unknown): boolean => hashOf(a) === hashOf(b);

function parametersTask(c: PgCluster, view: View): Task | undefined {
  const store = view.endpoints.get(names.configService(c));
  if (store === undefined) return undefined;
  const wanted = dynamicConfig(c);
  const hash = hashOf(wanted);
  let current: unknown;
  try {
    current = JSON.parse(store.metadata.annotations?.["config"] ?? "null");
  } catch {
    current = undefined;
  }
  const marks = appliedMarks(view.cr);
  if (isSame(current, wanted))
    return marks["parametersError"] === undefined ? undefined : { type: "note", topic: "parameters", hash };
  // Refused already, and not changed since.
  if (marks["parameters"] === hash && marks["parametersError"] !== undefined) return undefined;
  return {
    type: "parameters",
    topic: "parameters",
    hash,
    pod: primaryOf(view)?.pod?.metadata.name,
    store: names.configService(c),
    config: JSON.stringify(wanted),
    parameters: (wanted as { postgresql?: { parameters?: unknown } }).postgresql?.parameters ?? {},
  };
}

function userProblem(c: PgCluster): string | undefined {
  for (const user of c.users) {
    const parsed = roleOptions(user.options);
    if ("problem" in parsed)
      return `spec.users[${user.name}].options "${user.options}": ${parsed.problem}. Use the options of ALTER ROLE, such as CREATEDB or CONNECTION LIMIT 5.`;
  }
  return undefined;
}

/** Whether the users and databases of the specification are there. Nobody waits for a user whose Secret is a problem. */
export function areUsersMade(c: PgCluster, view: View, problems: readonly Problem[] = []): boolean {
  const pending = new Set(planInside(c, view).map((task) => task.topic));
  const isRefused = (user: User): boolean => problems.some(({ field }) => field === secretField(user));
  const known = c.users.every(
    (user) => isRefused(user) || textsOf(view.secrets.get(user.secretName))?.["verifier"] !== undefined,
  );
  return known && userProblem(c) === undefined && !pending.has("users") && !pending.has("databases");
}

/** Everything that is to be done now, in order. Empty when all of it has been done. */
export function planInside(c: PgCluster, view: View): Task[] {
  if (c.deleting) {
    if (!mustDeleteBackups(c, view)) return [];
    return [
      {
        type: "deleteBackups",
        topic: BACKUPS_DELETED,
        hash: "done",
        pod: names.repoHostPod(c),
        repos: c.backups.repos.map((r) => r.name),
        jobs: [...view.jobs.values()].flatMap(({ metadata }) =>
          metadata.labels?.[label.backupJob] === undefined ? [] : [{ name: metadata.name, uid: metadata.uid }],
        ),
        primary: primaryOf(view)?.pod?.metadata.name,
        store: names.configService(c),
        config: JSON.stringify(withoutArchiving(dynamicConfig(c))),
      },
    ];
  }
  if (c.paused || c.unmanaged || activeRestore(view) !== undefined) return [];
  const tasks: Task[] = [];
  const marks = appliedMarks(view.cr);
  const parameters = parametersTask(c, view);
  if (parameters !== undefined) tasks.push(parameters);

  // Repositories that are gone have to be set up and filled anew when backups are turned on again.
  for (const topic of c.backups.enabled ? [] : ["stanza", "replicaCreate"]) {
    if ((marks[topic] ?? "") !== "" || marks[`${topic}Error`] !== undefined)
      tasks.push({ type: "note", topic, hash: "" });
  }
  if (c.initSql === undefined && knownMarks(view)["initSqlError"] !== undefined)
    tasks.push({ type: "note", topic: "initSql", hash: undefined });

  const primary = primaryOf(view);
  const sysid = systemIdentifier(view);
  const pod = primary?.pod?.metadata.name;
  if (pod === undefined || sysid === undefined) return tasks;
  const era = dataEra(view);
  const sql = (topic: string, scripts: readonly Script[]): void => {
    const hash = hashOf([era, scripts]);
    if (marks[topic] !== hash) tasks.push({ type: "sql", topic, hash, pod, scripts });
  };
  const databases = namedDatabases(c);
  const verifier = textsOf(view.secrets.get(names.poolerSecret(c)))?.["pgbouncer-verifier"];
  sql("databases", databaseScripts(c));
  const wrong = userProblem(c);
  const verifiers = new Map(
    c.users.flatMap((user): [string, string][] => {
      const text = textsOf(view.secrets.get(user.secretName))?.["verifier"];
      return text === undefined || text === "" ? [] : [[user.name, text]];
    }),
  );
  if (wrong !== undefined) {
    if (marks["usersError"] !== wrong) tasks.push({ type: "note", topic: "users", hash: "refused", error: wrong });
  } else sql("users", userScripts(c, verifiers));
  if (c.pooler !== undefined && verifier !== undefined) sql("pooler", poolerScripts(c, verifier, databases));
  sql("extensions", extensionScripts(c, databases));
  if (c.backups.enabled && isReady(view.pods.get(names.repoHostPod(c)))) {
    const hash = `${sysid}/${backupConfigHash(c)}`;
    if (marks["stanza"] !== hash) tasks.push({ type: "stanza", topic: "stanza", hash, pod: names.repoHostPod(c) });
  }
  // Last: it may take long, and nothing else should wait for it.
  const initSql = initSqlTask(c, view, pod);
  if (initSql !== undefined) tasks.push(initSql);
  return tasks;
}
