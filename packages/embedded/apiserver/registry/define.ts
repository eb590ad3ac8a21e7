/** A short way to write down built-in resources. */
import { builtinSchemas } from "../schema/index.ts";
import { allVerbs, type Resource, type Rules, type ScaleDefinition, type Subresource, type Verb } from "./resource.ts";

export interface ResourceSpec {
  readonly kind: string;
  readonly plural: string;
  readonly namespaced?: boolean;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly Verb[];
  readonly status?: boolean;
  readonly subresources?: readonly Subresource[];
  readonly rules?: Rules;
  readonly scale?: ScaleDefinition;
  readonly collection?: string;
  readonly storedAs?: Resource["storedAs"];
  readonly virtual?: boolean;
  readonly singular?: string;
  readonly deprecation?: string;
}

const statusVerbs = ["get", "patch", "update"];

/** Makes the resources of one group and version. */
export function defineGroup(group: string, version: string, specs: readonly ResourceSpec[]): Resource[] {
  return specs.map((spec) => {
    const status: Subresource[] = spec.status === true ? [{ name: "status", kind: spec.kind, verbs: statusVerbs }] : [];
    const scale: Subresource[] =
      spec.scale === undefined
        ? []
        : [{ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: statusVerbs }];
    return {
      group,
      version,
      plural: spec.plural,
      singular: spec.singular ?? spec.kind.toLowerCase(),
      kind: spec.kind,
      listKind: `${spec.kind}List`,
      namespaced: spec.namespaced ?? true,
      shortNames: spec.short ?? [],
      categories: spec.categories ?? [],
      verbs: spec.verbs ?? (spec.virtual === true ? ["create"] : allVerbs),
      subresources: [...(spec.subresources ?? []), ...scale, ...status].sort((a, b) => (a.name < b.name ? -1 : 1)),
      rules: spec.rules ?? {},
      collection: spec.collection ?? (group === "" ? spec.plural : `${group}/${spec.plural}`),
      ...(spec.storedAs !== undefined && { storedAs: spec.storedAs }),
      isCustom: false,
      schema: () => builtinSchemas.get({ group, version, kind: spec.kind }),
      scale: spec.scale,
      ...(spec.virtual === true && { virtual: true }),
      deprecation: spec.deprecation,
    };
  });
}
