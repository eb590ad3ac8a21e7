/** What makes a CustomResourceDefinition acceptable, with the texts of kube-apiserver. */
import type { FieldError } from "../../field-error.ts";
import { equal, getPath, isArray, isObject, type JsonObject } from "../../json.ts";
import { checkName, checkNames, subdomainProblem } from "./names.ts";
import { Report } from "./report.ts";
import { checkVersions } from "./versions.ts";

/** Judges the CRD itself, structural rules and CEL compilation included. With `old`: what may not change. */
export function validateCrd(crd: JsonObject, old?: JsonObject): readonly FieldError[] {
  const report = new Report();
  const spec = isObject(crd["spec"]) ? crd["spec"] : {};
  const oldSpec = isObject(old?.["spec"]) ? old["spec"] : undefined;
  if (old === undefined) checkName(crd, spec, report);
  checkGroup(spec, report);
  checkScope(spec, report);
  if (spec["preserveUnknownFields"] === true && oldSpec?.["preserveUnknownFields"] !== true) {
    const detail =
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    report.invalid("spec.preserveUnknownFields", true, detail);
  }
  checkVersions(spec, oldSpec, report);
  checkNames(isObject(spec["names"]) ? spec["names"] : {}, report);
  checkConversion(spec["conversion"], report);
  if (old !== undefined && oldSpec !== undefined) checkUnchanged({ spec, oldSpec, old, report });
  checkStoredVersions(crd, spec, report);
  return report.errors;
}

function checkGroup(spec: JsonObject, report: Report): void {
  const group = String(spec["group"] ?? "");
  const problem = subdomainProblem(group);
  if (group === "") report.required("spec.group");
  else if (problem !== "") report.invalid("spec.group", group, problem);
  else if (!group.includes(".")) report.invalid("spec.group", group, "should be a domain with at least one dot");
}

function checkScope(spec: JsonObject, report: Report): void {
  const scopes = ["Cluster", "Namespaced"];
  const scope = spec["scope"] ?? "";
  if (scope === "") report.required("spec.scope");
  else if (!scopes.includes(String(scope))) report.notSupported("spec.scope", scope, scopes);
}

function checkConversion(conversion: unknown, report: Report): void {
  if (!isObject(conversion)) return;
  const strategies = ["None", "Webhook"];
  const strategy = conversion["strategy"] ?? "";
  const path = "spec.conversion";
  if (strategy === "") report.required(`${path}.strategy`);
  else if (!strategies.includes(String(strategy))) report.notSupported(`${path}.strategy`, strategy, strategies);
  const config = getPath(conversion, "webhook", "clientConfig");
  if (strategy === "Webhook") {
    if (!isObject(config)) report.required(`${path}.webhookClientConfig`, "required when strategy is set to Webhook");
    else if ((config["url"] === undefined) === (config["service"] === undefined)) {
      report.required(`${path}.webhookClientConfig`, "exactly one of url or service is required");
    }
    const versions = getPath(conversion, "webhook", "conversionReviewVersions");
    if (!isArray(versions) || versions.length === 0) report.required(`${path}.conversionReviewVersions`);
  } else if (config !== undefined) {
    report.forbidden(`${path}.webhookClientConfig`, "should not be set when strategy is not set to Webhook");
  }
}

interface Update {
  readonly spec: JsonObject;
  readonly oldSpec: JsonObject;
  readonly old: JsonObject;
  readonly report: Report;
}

function checkUnchanged({ spec, oldSpec, old, report }: Update): void {
  const conditions = getPath(old, "status", "conditions");
  const isEstablished =
    isArray(conditions) &&
    conditions.some(
      (condition) => getPath(condition, "type") === "Established" && getPath(condition, "status") === "True",
    );
  const fields = [["group"], ["names", "plural"], ...(isEstablished ? [["scope"], ["names", "kind"]] : [])];
  for (const field of fields) {
    const value = getPath(spec, ...field);
    if (!equal(value, getPath(oldSpec, ...field)))
      report.invalid(`spec.${field.join(".")}`, value, "field is immutable");
  }
}

/** Versions in which objects may still be stored must stay. */
function checkStoredVersions(crd: JsonObject, spec: JsonObject, report: Report): void {
  const stored = getPath(crd, "status", "storedVersions");
  if (!isArray(stored) || stored.length === 0) return;
  const versions = isArray(spec["versions"]) ? spec["versions"].filter(isObject).map(({ name }) => name) : [];
  for (const [index, name] of stored.entries()) {
    if (versions.includes(name)) continue;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    report.invalid(`status.storedVersions[${index}]`, name, detail);
  }
}
