/** What every object's metadata must satisfy. */
import type { Resource } from "../registry/resource.ts";
import type { FieldError } from "../schema/index.ts";
import type { ObjectMeta, OwnerReference } from "../types.ts";
import { dnsSubdomainProblem, labelNameProblem, labelValueProblem } from "./names.ts";
import { bad, forbidden, required } from "./problems.ts";

const maxAnnotationBytes = 256 * 1024;

export function metadataProblems(metadata: ObjectMeta, resource: Resource): FieldError[] {
  return [
    ...nameProblems(metadata, resource),
    ...labelsProblems(metadata.labels, "metadata.labels"),
    ...annotationsProblems(metadata.annotations),
    ...ownersProblems(metadata.ownerReferences ?? []),
    ...finalizerProblems(metadata.finalizers ?? []),
  ];
}

function nameProblems({ name = "", namespace, generateName }: ObjectMeta, resource: Resource): FieldError[] {
  const judge = resource.rules.nameProblem ?? dnsSubdomainProblem;
  const problems: FieldError[] = [];
  if (name === "") {
    problems.push(
      generateName === undefined
        ? required("metadata.name", "name or generateName is required")
        : required("metadata.name", "name or generateName is required"),
    );
  } else {
    const problem = judge(name);
    if (problem !== undefined) problems.push(bad("metadata.name", name, problem));
  }
  if (resource.namespaced && (namespace ?? "") === "") problems.push(required("metadata.namespace", ""));
  return problems;
}

export function labelsProblems(labels: Record<string, string> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => {
    const problems: FieldError[] = [];
    const ofKey = labelNameProblem(key);
    if (ofKey !== undefined) problems.push(bad(field, key, ofKey));
    const ofValue = labelValueProblem(value);
    if (ofValue !== undefined) problems.push(bad(field, value, ofValue));
    return problems;
  });
}

export function annotationsProblems(
  annotations: Record<string, string> | undefined,
  field = "metadata.annotations",
): FieldError[] {
  let size = 0;
  const problems: FieldError[] = [];
  for (const [key, value] of Object.entries(annotations ?? {})) {
    const problem = labelNameProblem(key.toLowerCase());
    if (problem !== undefined) problems.push(bad(field, key, problem));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > maxAnnotationBytes) {
    problems.push({
      type: "FieldValueTooLong",
      field,
      badValue: "",
      detail: `may not be more than ${maxAnnotationBytes} bytes`,
    });
  }
  return problems;
}

function ownersProblems(owners: readonly OwnerReference[]): FieldError[] {
  const problems: FieldError[] = [];
  owners.forEach((owner) => {
    const field = "metadata.ownerReferences";
    if ((owner.apiVersion ?? "") === "")
      problems.push(bad(`${field}.apiVersion`, owner.apiVersion ?? "", "version must not be empty"));
    if ((owner.kind ?? "") === "") problems.push(bad(`${field}.kind`, owner.kind ?? "", "must not be empty"));
    if ((owner.name ?? "") === "") problems.push(bad(`${field}.name`, owner.name ?? "", "must not be empty"));
    if ((owner.uid ?? "") === "") problems.push(bad(`${field}.uid`, owner.uid ?? "", "must not be empty"));
  });
  const controllers = owners.filter((o) => o.controller === true);
  if (controllers.length > 1) {
    const [first, second] = controllers;
    problems.push(
      bad(
        "metadata.ownerReferences",
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`,
      ),
    );
  }
  return problems;
}

function finalizerProblems(finalizers: readonly string[]): FieldError[] {
  const problems = finalizers.flatMap((name) => {
    const problem = labelNameProblem(name);
    return problem === undefined ? [] : [bad("metadata.finalizers", name, problem)];
  });
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    problems.push(
      bad("metadata.finalizers", finalizers, "finalizers orphan and foregroundDeletion cannot be both set"),
    );
  }
  return problems;
}

/** What may not change in metadata. */
export function metadataUpdateProblems(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const problems: FieldError[] = [];
  for (const field of ["name", "namespace", "uid"] as const) {
    if ((metadata[field] ?? "") !== (old[field] ?? ""))
      problems.push(bad(`metadata.${field}`, metadata[field] ?? "", "field is immutable"));
  }
  if (old.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter((f) => !(old.finalizers ?? []).includes(f));
    if (added.length > 0) {
      problems.push(
        forbidden(
          "metadata.finalizers",
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => JSON.stringify(f)).join(", ")}}`,
        ),
      );
    }
  }
  return problems;
}
