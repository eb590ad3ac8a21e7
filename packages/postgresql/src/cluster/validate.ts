/** What the API server's schema cannot check. Pure: each problem names the field, its value and the remedy. */
import type { PerconaPGCluster } from "@keelson/resources";
import { type Problem, problem } from "../reasons.ts";
import { durationMs } from "./duration.ts";
import { type Expose, type PgCluster, secretField } from "./model.ts";
import * as names from "./names.ts";
import type { Catalogue } from "./normalize.ts";
import { environmentProblems } from "./validate-env.ts";

type Spec = PerconaPGCluster["spec"];

/** Source: names of pods, Services and labels may have 63 characters, of which ours take the rest. */
const LONGEST_NAMES = 46;

/** Shorter ones would be renewed all the time. */
const SHORTEST_VALIDITY_MS = 3_600_000;

export function validate(c: PgCluster, spec: Spec, catalogue: Catalogue): Problem[] {
  return [
    ...versionProblems(c, catalogue),
    ...setProblems(c),
    ...exposeProblems(c),
    ...parameterProblems(c),
    ...repoProblems(c),
    ...userProblems(c),
    ...environmentProblems(c),
    ...validityProblems(spec),
    ...unsupported(spec),
  ];
}

function versionProblems(c: PgCluster, catalogue: Catalogue): Problem[] {
  if (c.image !== "") return [];
  const known = Object.keys(catalogue.postgresql).join(", ");
  const text = `PostgreSQL ${c.major} is not in the catalogue (${known}). Choose one of these, or name an image with this version in spec.image.`;
  return [problem("UnknownVersion", "spec.postgresVersion", text)];
}

function setProblems(c: PgCluster): Problem[] {
  return c.sets.flatMap((set, index) => {
    const field = `spec.instances[${index}].name`;
    const together = c.name.length + set.name.length;
    const first = c.sets.findIndex((other) => other.name === set.name);
    if (together > LONGEST_NAMES) {
      const text = `"${set.name}" and the cluster's name "${c.name}" have ${together} characters together, and may have ${LONGEST_NAMES}. Choose a name of at most ${Math.max(1, LONGEST_NAMES - c.name.length)} for the set.`;
      return [problem("InvalidInstanceSet", field, text)];
    }
    if (first < index) {
      const text = `"${set.name}" is the name of spec.instances[${first}] already. Give each set its own name.`;
      return [problem("InvalidInstanceSet", field, text)];
    }
    return [];
  });
}

function exposeProblems(c: PgCluster): Problem[] {
  const exposures: [string, Expose | undefined][] = [
    ["spec.expose", c.expose],
    ["spec.exposeReplicas", c.exposeReplicas],
    ["spec.proxy.pgBouncer.expose", c.pooler?.expose],
  ];
  return exposures.flatMap(([field, expose]) => {
    if (expose?.type !== "ClusterIP" || expose.nodePort === undefined) return [];
    const text = `A Service of type ClusterIP has no node port, so ${expose.nodePort} cannot be set. Set ${field}.type to NodePort or LoadBalancer, or remove nodePort.`;
    return [problem("MisconfiguredClusterIP", `${field}.nodePort`, text)];
  });
}

function parameterProblems(c: PgCluster): Problem[] {
  const problems: Problem[] = [];
  if (c.extensions.pg_stat_monitor && c.extensions.pg_stat_statements) {
    const text = "pg_stat_monitor and pg_stat_statements exclude each other. Enable one of them.";
    problems.push(problem("InvalidParameter", "spec.extensions", text));
  }
  const { postgresql } = c.patroni.dynamic as { postgresql?: { parameters?: Record<string, unknown> } };
  const walLevel = postgresql?.parameters?.["wal_level"];
  if (walLevel !== undefined && walLevel !== "logical" && walLevel !== "replica") {
    const field = "spec.patroni.dynamicConfiguration.postgresql.parameters.wal_level";
    const text = `"${String(walLevel)}" ends replication. Set replica or logical, or remove the parameter.`;
    problems.push(problem("InvalidParameter", field, text));
  }
  return problems;
}

function repoProblems(c: PgCluster): Problem[] {
  if (!c.backups.enabled) return [];
  return c.backups.repos.flatMap((repo) => {
    const given = (["volume", "s3", "gcs", "azure"] as const).filter((kind) => repo[kind] !== undefined);
    if (given.length === 1) return [];
    const text = `A repository has exactly one of volume, s3, gcs and azure; this one has ${given.length === 0 ? "none" : given.join(" and ")}. Leave one of them.`;
    return [problem("InvalidBackupRepo", `spec.backups.pgbackrest.repos[${repo.name}]`, text)];
  });
}

/** A Secret that two hands write would change with every look, and one of them would lose its password. */
function userProblems(c: PgCluster): Problem[] {
  const taken = new Map<string, string>([
    [names.caSecret(c), "the cluster's own"],
    [names.serverSecret(c), "the cluster's own"],
    [names.replicationSecret(c), "the cluster's own"],
    [names.backupSecret(c), "the cluster's own"],
    [names.poolerSecret(c), "the cluster's own"],
    ...Object.values(c.tls.custom).map((name): [string, string] => [name, "that of a certificate"]),
  ]);
  return c.users.flatMap((user) => {
    const owner = taken.get(user.secretName);
    taken.set(user.secretName, `that of spec.users[${user.name}]`);
    if (owner === undefined) return [];
    const text = `Secret "${user.secretName}" is ${owner} already. Give the user one of its own, or leave the field out.`;
    return [problem("InvalidUser", secretField(user), text)];
  });
}

function validityProblems(spec: Spec): Problem[] {
  const text = spec.tls?.certValidityDuration;
  if (text === undefined || text === "") return [];
  const ms = durationMs(text);
  if (ms !== undefined && ms >= SHORTEST_VALIDITY_MS) return [];
  const why = ms === undefined ? "is not a duration" : "is shorter than an hour";
  return [
    problem(
      "InvalidParameter",
      "spec.tls.certValidityDuration",
      `"${text}" ${why}. Write it with units, such as 2160h, 1h30m or 90d.`,
    ),
  ];
}

/** Features of the contract that are missing: said aloud instead of ignored. */
function unsupported(spec: Spec): Problem[] {
  const missing: [string, boolean][] = [
    ["spec.standby", spec.standby?.enabled === true],
    ["spec.dataSource", spec.dataSource !== undefined && Object.keys(spec.dataSource).length > 0],
    ["spec.logicalReplicas", (spec.logicalReplicas ?? []).length > 0],
    ["spec.extensions.pg_tde", spec.extensions?.pg_tde?.enabled === true],
    ["spec.extensions.custom", (spec.extensions?.custom ?? []).length > 0],
  ];
  return missing
    .filter(([, used]) => used)
    .map(([field]) =>
      problem("UnsupportedFeature", field, "Not supported by this version. Remove it from the specification."),
    );
}
