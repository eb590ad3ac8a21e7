import { isArray, isObject, type JsonObject } from "../../json.ts";
import type { Report } from "./report.ts";

const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const subdomain1123 =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** What keeps the text from being a DNS-1035 label, in one sentence; empty when nothing does. */
export function label1035Problem(text: string): string {
  const problems = text.length > 63 ? ["must be no more than 63 bytes"] : [];
  if (!/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text)) problems.push(label1035);
  return problems.join(",");
}

export function subdomainProblem(text: string): string {
  const problems = text.length > 253 ? ["must be no more than 253 bytes"] : [];
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)) problems.push(subdomain1123);
  return problems.join(",");
}

/** spec.names: all there, all labels, kinds in mixed case. */
export function checkNames(names: JsonObject, report: Report): void {
  for (const field of ["plural", "singular", "kind", "listKind"]) {
    const value = names[field];
    const path = `spec.names.${field}`;
    if (typeof value !== "string" || value === "") {
      report.required(path);
      continue;
    }
    const isKind = field === "kind" || field === "listKind";
    const problem = label1035Problem(isKind ? value.toLowerCase() : value);
    if (problem !== "") {
      report.invalid(path, value, isKind ? `may have mixed case, but should otherwise match: ${problem}` : problem);
    }
  }
  if (typeof names["kind"] === "string" && names["kind"] !== "" && names["kind"] === names["listKind"]) {
    report.invalid("spec.names.listKind", names["listKind"], "kind and listKind may not be the same");
  }
  for (const field of ["shortNames", "categories"]) {
    const values = names[field];
    if (!isArray(values)) continue;
    for (const [index, value] of values.entries()) {
      const problem = label1035Problem(String(value));
      if (problem !== "") report.invalid(`spec.names.${field}[${index}]`, value, problem);
    }
  }
}

/** metadata.name is made of the plural and the group. */
export function checkName(crd: JsonObject, spec: JsonObject, report: Report): void {
  const metadata = isObject(crd["metadata"]) ? crd["metadata"] : {};
  const plural = isObject(spec["names"]) ? String(spec["names"]["plural"] ?? "") : "";
  const { name } = metadata;
  if (typeof name === "string" && name !== `${plural}.${String(spec["group"] ?? "")}`) {
    report.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group');
  }
}
