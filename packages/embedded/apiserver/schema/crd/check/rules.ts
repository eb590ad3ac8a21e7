import { isObject, type JsonObject } from "../../json.ts";
import { compiledRules } from "../rules.ts";
import type { Report } from "./report.ts";
import type { SchemaPlace } from "./schema.ts";

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** The texts around a rule: message, messageExpression, reason, fieldPath. */
export function checkRuleTexts(
  rules: readonly JsonObject[],
  { path, report, schema }: { path: string; report: Report; schema: JsonObject },
): void {
  for (const [index, rule] of rules.entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const text = (field: string): string => String(rule[field] ?? "");
    const message = text("message");
    if (text("rule").trim() === "") report.required(`${at}.rule`, "rule is not specified");
    else if (message !== "" && message.trim() === "")
      report.invalid(`${at}.message`, message, "must be non-empty if specified");
    else if (message.trim().includes("\n")) report.invalid(`${at}.message`, message, "must not contain line breaks");
    else if (text("rule").trim().includes("\n") && message.trim() === "") {
      report.required(`${at}.message`, "message must be specified if rule contains line breaks");
    }
    if (
      rule["messageExpression"] !== undefined &&
      text("messageExpression") !== "" &&
      text("messageExpression").trim() === ""
    ) {
      report.required(`${at}.messageExpression`, "messageExpression must be non-empty if specified");
    }
    if (rule["reason"] !== undefined && !reasons.includes(text("reason"))) {
      report.notSupported(`${at}.reason`, rule["reason"], reasons);
    }
    const fieldPath = text("fieldPath");
    if (fieldPath === "") continue;
    if (fieldPath.trim() === "") report.invalid(`${at}.fieldPath`, fieldPath, "must be non-empty if specified");
    if (fieldPath.includes("\n")) report.invalid(`${at}.fieldPath`, fieldPath, "must not contain line breaks");
    if (schemaAt(schema, fieldPath) === undefined) report.invalid(`${at}.fieldPath`, fieldPath, "must be a valid path");
  }
}

/** The schema that a path such as `.spec.labels['a']` leads to; undefined when it leads nowhere. */
export function schemaAt(schema: JsonObject, path: string): JsonObject | undefined {
  let current: unknown = schema;
  let rest = path;
  while (rest !== "") {
    const step = /^(?:\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\])/.exec(rest);
    if (step === null || !isObject(current)) return undefined;
    const name = step[1] ?? (step[2] ?? "").replace(/\\(.)/g, "$1");
    const { properties, additionalProperties }: JsonObject = current;
    current = isObject(properties) ? properties[name] : additionalProperties;
    rest = rest.slice(step[0].length);
  }
  return isObject(current) ? current : undefined;
}

/** Compiles the rules of a node whose schema is sound. */
export function compileRules(
  sources: readonly JsonObject[],
  { node, path, report, isRoot, uncorrelatable }: SchemaPlace & { node: NonNullable<SchemaPlace["node"]> },
): void {
  for (const [index, { program, error, messageError }] of compiledRules(node, isRoot).entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const source = sources[index] ?? {};
    if (error !== undefined) report.invalid(`${at}.rule`, asGo(source), error);
    if (messageError !== undefined) report.invalid(`${at}.messageExpression`, asGo(source), messageError);
    if (program?.uses("oldSelf") === true) {
      if (uncorrelatable !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
        report.invalid(`${at}.rule`, source["rule"], detail);
      }
    } else if (program !== undefined && source["optionalOldSelf"] !== undefined) {
      report.invalid(
        `${at}.optionalOldSelf`,
        source["optionalOldSelf"],
        "may not be set if oldSelf is not used in rule",
      );
    }
  }
}

/** A rule as the messages of kube-apiserver print it. */
function asGo(rule: JsonObject): JsonObject {
  return {
    Rule: rule["rule"] ?? "",
    Message: rule["message"] ?? "",
    MessageExpression: rule["messageExpression"] ?? "",
    Reason: rule["reason"] ?? null,
    FieldPath: rule["fieldPath"] ?? "",
    OptionalOldSelf: rule["optionalOldSelf"] ?? null,
  };
}
