/** The Secrets and ConfigMaps of the user's that pods do not start without, each with the field that names it. Pure. */
import type { Container, EnvVar, Volume } from "@keelson/kube";
import { type Problem, problem } from "../reasons.ts";
import type { Opaque, PgCluster, PodKnobs } from "./model.ts";
import * as names from "./names.ts";

export interface Reference {
  readonly kind: "Secret" | "ConfigMap";
  readonly name: string;
  /** Those that have to be in it. */
  readonly keys: readonly string[];
  /** What names it, such as `spec.config.files[0].secret`. */
  readonly field: string;
}

/** Kubernetes' ways of naming one. A volume has another word for the name of a Secret. */
interface Naming {
  readonly name?: string;
  readonly secretName?: string;
  readonly key?: string;
  readonly items?: readonly { readonly key: string }[];
  readonly optional?: boolean;
}

/** A container, or whom the variables of several are written for. */
interface Variables {
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly unknown[];
}

type Namings = Readonly<Record<string, Naming | undefined>>;

const KINDS = {
  secret: "Secret",
  secretRef: "Secret",
  secretKeyRef: "Secret",
  configMap: "ConfigMap",
  configMapRef: "ConfigMap",
  configMapKeyRef: "ConfigMap",
} as const;

/** What one object names that may name a Secret or a ConfigMap: a volume, a source of a projected one, or of variables. */
function named(object: Opaque, field: string): Reference[] {
  return Object.entries(KINDS).flatMap(([way, kind]): Reference[] => {
    const naming = (object as Namings)[way];
    const name = naming?.name ?? naming?.secretName ?? "";
    if (naming === undefined || name === "" || naming.optional === true) return [];
    const keys = naming.key === undefined ? (naming.items ?? []).map((item) => item.key) : [naming.key];
    return [{ kind, name, keys, field: `${field}.${way}` }];
  });
}

const inList = (list: readonly Opaque[], field: string): Reference[] =>
  list.flatMap((object, index) => named(object, `${field}[${index}]`));

const variables = ({ env = [], envFrom = [] }: Variables, field: string): Reference[] => [
  ...env.flatMap(({ name, valueFrom = {} }) => named(valueFrom as Opaque, `${field}.env[${name}].valueFrom`)),
  ...inList(envFrom as readonly Opaque[], `${field}.envFrom`),
];

function inVolume(volume: Opaque, field: string): Reference[] {
  const { sources = [] } = (volume["projected"] ?? {}) as { readonly sources?: readonly Opaque[] };
  return [...named(volume, field), ...inList(sources, `${field}.projected.sources`)];
}

const inContainers = (containers: readonly Container[], field: string): Reference[] =>
  containers.flatMap((container) => variables(container, `${field}[${container.name}]`));

const inVolumes = (volumes: readonly Volume[], field: string): Reference[] =>
  volumes.flatMap((volume) => inVolume(volume as unknown as Opaque, `${field}[${volume.name}]`));

const besides = ({ sidecars, sidecarVolumes }: PodKnobs, field: string): Reference[] => [
  ...inContainers(sidecars, `${field}.sidecars`),
  ...inVolumes(sidecarVolumes, `${field}.sidecarVolumes`),
];

/** Those that the operator makes, some of them later than now. */
function ownNames(c: PgCluster): Readonly<Record<Reference["kind"], ReadonlySet<string>>> {
  const users = c.users.map(({ secretName }) => secretName);
  const certificates = [names.caSecret(c), names.serverSecret(c), names.replicationSecret(c), names.backupSecret(c)];
  return {
    Secret: new Set([...users, ...certificates, names.poolerSecret(c)]),
    ConfigMap: new Set([names.clusterConfig(c), names.backupConfig(c), names.pooler(c)]),
  };
}

/** Of all pods of a cluster. What is optional, and what the operator itself makes, is not among them. */
export function references(c: PgCluster): Reference[] {
  const backups = "spec.backups.pgbackrest";
  const proxy = "spec.proxy.pgBouncer";
  const ofSets = c.sets.flatMap((set): Reference[] => {
    const field = `spec.instances[${set.name}]`;
    return [
      ...variables(set, field),
      ...besides(set, field),
      ...inContainers(set.initContainers, `${field}.initContainers`),
      ...set.extraVolumes.flatMap((v) => inVolume(v.volumeSource, `${field}.extraVolumes[${v.name}].volumeSource`)),
    ];
  });
  const ofPooler = c.pooler === undefined ? [] : [...variables(c.pooler, proxy), ...besides(c.pooler, proxy)];
  const ofBackups = !c.backups.enabled
    ? []
    : [
        ...inList(c.backups.configuration, `${backups}.configuration`),
        ...variables(c.backups.repoHost, backups),
        ...besides(c.backups.repoHost, `${backups}.repoHost`),
      ];
  const own = ownNames(c);
  return [...ofSets, ...inList(c.configFiles, "spec.config.files"), ...ofBackups, ...ofPooler].filter(
    ({ kind, name }) => !own[kind].has(name),
  );
}

/** Why pods would not start with this reference; `keys` are those of what it names, undefined when that does not exist. */
export function referenceProblem(
  { kind, name, keys: wanted, field }: Reference,
  keys: ReadonlySet<string> | undefined,
): Problem | undefined {
  const until = "or set optional: true; until then what runs is left as it is.";
  if (keys === undefined) {
    const text = `${kind} ${name} does not exist. Create it, correct the name, ${until}`;
    return problem(`${kind}NotFound`, field, text);
  }
  const missing = wanted.filter((key) => !keys.has(key));
  if (missing.length === 0) return undefined;
  const text = `${kind} ${name} has no key ${missing.join(", ")}. Add it, correct the name, ${until}`;
  return problem(`${kind}Invalid`, field, text);
}
