/** CustomResourceDefinitions: judged by the schema package, accepted at once. */
import { conditionsOf, schemaCondition } from "../crd/condition.ts";
import type { Rules } from "../registry/resource.ts";
import { defaultCrd, equal, validateCrd } from "../schema/index.ts";
import { type JsonObject, type KubeObject, objectAt, objectsAt } from "../types.ts";
import { timestamp } from "../verbs/context.ts";

/** Holds a deleted CRD until its objects are gone. */
export const crdFinalizer = "customresourcecleanup.apiextensions.k8s.io";

function condition(type: string, reason: string, message: string, now: Date): JsonObject {
  return { type, status: "True", lastTransitionTime: timestamp(now), reason, message };
}

export const customResourceDefinitionRules: Rules = {
  generation: true,
  defaults: (crd) => defaultCrd(crd),
  prepareCreate(crd, { now }) {
    const finalizers = crd.metadata.finalizers ?? [];
    if (!finalizers.includes(crdFinalizer)) crd.metadata.finalizers = [...finalizers, crdFinalizer];
    crd.status = {
      conditions: [
        condition("NamesAccepted", "NoConflicts", "no conflicts found", now()),
        condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now()),
      ],
      acceptedNames: objectAt(crd.spec, "names") ?? {},
      storedVersions: storageVersions(crd),
    };
  },
  prepareUpdate(crd, old) {
    const known = objectAt(old, "status")?.["storedVersions"];
    const versions = [...(Array.isArray(known) ? known.map(String) : []), ...storageVersions(crd)];
    // What was wrong with the schema is judged anew with a new one.
    const conditions = conditionsOf(old).filter((c) => c["type"] !== schemaCondition || equal(crd.spec, old.spec));
    crd.status = {
      ...objectAt(old, "status"),
      conditions,
      acceptedNames: objectAt(crd.spec, "names") ?? {},
      storedVersions: [...new Set(versions)],
    };
  },
  validate: (crd) => [...validateCrd(crd)],
  validateUpdate: (crd, old) => [...validateCrd(crd, old)],
};

function storageVersions(crd: KubeObject): string[] {
  return objectsAt(crd.spec, "versions")
    .filter((v) => v["storage"] === true)
    .map((v) => String(v["name"]));
}
