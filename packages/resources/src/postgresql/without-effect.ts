/**
 * Fields of the contract that are accepted and do nothing in this version. One table: the CRD's descriptions, the list in
 * docs/postgresql.md and the condition `FieldsWithoutEffect` of a cluster that sets one of them come from it.
 */

export interface FieldWithoutEffect {
  /** Path below `spec`; `[]` stands for every entry of a list. */
  readonly path: string;
  /** Why, or what to do instead, as one sentence. */
  readonly why: string;
  /** Whether this value asks for something. Default: anything but false, empty, or an object with `enabled: false`. */
  readonly asksFor?: (value: unknown, spec: Readonly<Record<string, unknown>>) => boolean;
}

const HELPERS = "Keelson has no such helper container.";
const AUTO_GROW = "Volumes do not grow by themselves: raise requests.storage.";
const INIT_CONTAINER = "Keelson prepares pods with its own image.";
const OWN_CERTIFICATES = "Keelson's own authority signs; give other certificates in spec.secrets.";
const CERTIFICATE_KEYS = "The keys of the Secret are tls.crt, tls.key and ca.crt.";
const PATRONI = "patroni.dynamicConfiguration";
const OWN_PARAMETER = "Keelson sets this itself.";

/** Roles that belong to the operator: a user of such a name is not made. */
export const RESERVED_USERS: ReadonlySet<string> = new Set([
  "monitor",
  "logicalrepl",
  "_crunchyrepl",
  "_crunchypgbouncer",
  "_crunchypgbounceradmin",
]);

const isReserved = (value: unknown): boolean => typeof value === "string" && RESERVED_USERS.has(value);

/** What PostgreSQL's parameters are that the cluster cannot do without; `track_commit_timestamp` only where backups need it. */
const FIXED_PARAMETERS = [
  "ssl",
  "ssl_cert_file",
  "ssl_key_file",
  "ssl_ca_file",
  "unix_socket_directories",
  "archive_mode",
  "archive_command",
];

function tracksRestorableTime(_value: unknown, spec: Readonly<Record<string, unknown>>): boolean {
  const { enabled = true, trackLatestRestorableTime = true } = (spec["backups"] ?? {}) as Record<string, unknown>;
  return enabled === true && trackLatestRestorableTime === true;
}

export const withoutEffect: readonly FieldWithoutEffect[] = [
  { path: "backups.pgbackrest.containers.pgbackrestConfig", why: HELPERS },
  { path: "backups.pgbackrest.sidecars.pgbackrestConfig", why: HELPERS },
  { path: "backups.pgbackrest.initContainer", why: INIT_CONTAINER },
  { path: "backups.pgbackrest.manual", why: "Create a PerconaPGBackup." },
  { path: "backups.pgbackrest.restore", why: "Create a PerconaPGRestore." },
  {
    path: "backups.pgbackrest.repoHost.resources",
    why: "Use backups.pgbackrest.containers.pgbackrest.resources, which the repository host has too.",
  },
  { path: "backups.pgbackrest.repoHost.sshConfigMap", why: "Transport is TLS." },
  { path: "backups.pgbackrest.repoHost.sshSecret", why: "Transport is TLS." },
  { path: "backups.pgbackrest.repos[].volume.volumeClaimSpec.resources.limits.storage", why: AUTO_GROW },
  { path: "backups.volumeSnapshots", why: "Backups are made by pgBackRest only." },
  { path: "config.parameters", why: "Use patroni.dynamicConfiguration.postgresql.parameters." },
  { path: "extensions.image", why: "Custom extensions are not supported by this version." },
  { path: "extensions.imagePullPolicy", why: "Custom extensions are not supported by this version." },
  { path: "extensions.storage", why: "Custom extensions are not supported by this version." },
  { path: "initContainer", why: INIT_CONTAINER },
  { path: "instances[].containers.replicaCertCopy", why: HELPERS },
  { path: "instances[].dataVolumeClaimSpec.resources.limits.storage", why: AUTO_GROW },
  { path: "instances[].initContainer", why: INIT_CONTAINER },
  { path: "instances[].walVolumeClaimSpec.resources.limits.storage", why: AUTO_GROW },
  { path: "logcollector", why: "Logs are on the containers' standard output." },
  { path: "openshift", why: "Nothing depends on it: pods run without privileges everywhere." },
  {
    path: "pmm",
    why: "No PMM client runs; enabled and querySource only choose the extension for query statistics.",
  },
  { path: "proxy.pgBouncer.additionalTrustedCAs", why: "Clients of the pooler log in with passwords." },
  { path: "proxy.pgBouncer.config.files", why: "Use config.global, config.databases and config.users." },
  { path: "proxy.pgBouncer.containers.pgbouncerConfig", why: HELPERS },
  { path: "proxy.pgBouncer.customTLSSecret.items", why: CERTIFICATE_KEYS },
  { path: "secrets.customReplicationTLSSecret.items", why: CERTIFICATE_KEYS },
  { path: "secrets.customRootCATLSSecret.items", why: "The keys of the Secret are root.crt and root.key." },
  { path: "secrets.customTLSSecret.items", why: CERTIFICATE_KEYS },
  { path: "tls.caValidityDuration", why: "An authority is valid for ten years." },
  { path: "tls.issuerConf", why: OWN_CERTIFICATES },
  { path: "tls.pgBackRestCertValidityDuration", why: "tls.certValidityDuration is for all certificates." },
  { path: "users[].name", why: "The name belongs to the operator, so the user is not made.", asksFor: isReserved },
  { path: `${PATRONI}.ttl`, why: "Use patroni.leaderLeaseDurationSeconds." },
  { path: `${PATRONI}.loop_wait`, why: "Use patroni.syncPeriodSeconds." },
  { path: `${PATRONI}.postgresql.use_pg_rewind`, why: OWN_PARAMETER, asksFor: (value) => value !== true },
  ...FIXED_PARAMETERS.map((name) => ({ path: `${PATRONI}.postgresql.parameters.${name}`, why: OWN_PARAMETER })),
  {
    path: `${PATRONI}.postgresql.parameters.track_commit_timestamp`,
    why: "It is on while backups.trackLatestRestorableTime is.",
    asksFor: tracksRestorableTime,
  },
];

function isAskedFor(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== "object") return true;
  return Object.keys(value).length > 0 && (value as { enabled?: unknown }).enabled !== false;
}

type Found = readonly [path: string, value: unknown];

/** The values at a path, each with its own path: a list's entry by its name, or by its index where it has none. */
function valuesAt(found: Found, segments: readonly string[]): Found[] {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [found];
  const [path, value] = found;
  const name = segment.replace("[]", "");
  const inner = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  if (inner === undefined || inner === null) return [];
  const here = `${path}.${name}`;
  if (name === segment) return valuesAt([here, inner], rest);
  const entries = Array.isArray(inner) ? (inner as { name?: string }[]) : [];
  return entries.flatMap((entry, index) => valuesAt([`${here}[${entry.name || index}]`, entry], rest));
}

/** Fields that this specification sets and that do nothing, such as `spec.instances[one].initContainer`, each with the reason. */
export function fieldsWithoutEffect(spec: object): readonly { readonly field: string; readonly why: string }[] {
  const root = spec as Readonly<Record<string, unknown>>;
  return withoutEffect.flatMap(({ path, why, asksFor = isAskedFor }) =>
    valuesAt(["spec", root], path.split("."))
      .filter(([, value]) => asksFor(value, root))
      .map(([field]) => ({ field, why })),
  );
}
