/** What the API server knows of one served resource: names, verbs, sub-resources and the rules of its kind. */
import type { CompiledVersion, FieldError, SchemaNode, ServedResource } from "../schema/index.ts";
import type { KubeObject, User } from "../types.ts";

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

export const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** A sub-resource as discovery shows it. Group and version are those of its own kind where they differ. */
export interface Subresource {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** What a kind's rules may want to know of the request. */
export interface RuleContext {
  readonly user: User;
  readonly now: () => Date;
  readonly dryRun: boolean;
}

/** The rules of one kind. All mutate or judge the given object; none does I/O. */
export interface Rules {
  /** Fills in what the user left out. Runs on everything that comes in. */
  readonly defaults?: (object: KubeObject) => void;
  /** The status of a new object; `{}` when the kind has one and says nothing here. */
  readonly initialStatus?: (object: KubeObject) => unknown;
  readonly prepareCreate?: (object: KubeObject, context: RuleContext) => void;
  readonly prepareUpdate?: (object: KubeObject, old: KubeObject, context: RuleContext) => void;
  readonly prepareStatus?: (object: KubeObject, old: KubeObject) => void;
  /** `old` is what an update changes. */
  readonly validate?: (object: KubeObject, old?: KubeObject) => FieldError[];
  readonly validateCreate?: (object: KubeObject) => FieldError[];
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
  readonly validateStatus?: (object: KubeObject, old: KubeObject) => FieldError[];
  /** What is wrong with a name; the default is a DNS subdomain. */
  readonly nameProblem?: (name: string) => string | undefined;
  /** Sentences for the Warning header. */
  readonly warnings?: (object: KubeObject) => string[];
  /** Fields that a field selector may name, beside metadata.name and metadata.namespace. */
  readonly selectable?: Readonly<Record<string, (object: KubeObject) => string>>;
  /** Whether `metadata.generation` is kept: true when spec changes count. */
  readonly generation?: boolean;
  /** Default finalizer on delete when no propagation policy is given (Jobs of old orphan; none today). */
  readonly allowCreateOnUpdate?: boolean;
  /** Update without a resource version is an overwrite. False for few kinds only. */
  readonly unconditionalUpdate?: boolean;
}

/** Where `scale` reads and writes. */
export interface ScaleDefinition {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector: (object: KubeObject) => string;
}

export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
  readonly rules: Rules;
  /** Collection of the store. Two versions of a resource share one. */
  readonly collection: string;
  /** Group and version in which objects are stored, when it is not the resource's own. */
  readonly storedAs?: { readonly apiVersion: string; toStored(o: KubeObject): void; fromStored(o: KubeObject): void };
  /** The type of the objects; undefined for what has no table. */
  readonly schema: () => SchemaNode | undefined;
  readonly scale?: ScaleDefinition | undefined;
  readonly isCustom: boolean;
  /** Schema, columns and rules of a custom resource: compiled when first asked for. */
  readonly custom?: CompiledVersion | undefined;
  /** What OpenAPI needs to know of a custom resource: parsed when asked for, because it is big. */
  readonly crd?: () => ServedResource["crd"];
  /** Names the state of the CRD that a custom resource comes from. */
  readonly revision?: string;
  /** The version that is stored, of a custom resource. */
  readonly storageVersion?: string | undefined;
  /** A sentence for whoever uses it, in the Warning header. */
  readonly deprecation?: string | undefined;
  /** Not stored: only POST, answered at once (access reviews). */
  readonly virtual?: boolean;
}

/** `v1` or `apps/v1`. */
export function groupVersion(of: { readonly group: string; readonly version: string }): string {
  return of.group === "" ? of.version : `${of.group}/${of.version}`;
}

export function apiVersionOf(resource: Resource): string {
  return groupVersion(resource);
}

export function hasSubresource(resource: Resource, name: string): boolean {
  return resource.subresources.some((s) => s.name === name);
}
