import { equal, getPath, isArray, isObject, type JsonObject } from "../../json.ts";
import { compileJsonPath } from "../../json-path.ts";
import { compileSchema } from "../compile-schema.ts";
import { checkDefaults } from "./defaults.ts";
import { label1035Problem } from "./names.ts";
import { Report } from "./report.ts";
import { schemaAt } from "./rules.ts";
import { checkSchema } from "./schema.ts";
import { checkStructural } from "./structural.ts";

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const rootFieldsWithStatus = new Set([
  "type",
  "description",
  "properties",
  "required",
  "title",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
]);
const mostSelectableFields = 8;

/** Each version: its name, schema, sub-resources, columns. A version whose schema did not change is not judged again. */
export function checkVersions(spec: JsonObject, oldSpec: JsonObject | undefined, report: Report): void {
  const versions = isArray(spec["versions"]) ? spec["versions"].filter(isObject) : [];
  const names = versions.map((version) => String(version["name"] ?? ""));
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const problem = label1035Problem(names[index] ?? "");
    if (problem !== "") report.invalid(`${path}.name`, version["name"] ?? "", problem);
    checkDeprecation(version, path, report);
    if (!isObject(getPath(version, "schema", "openAPIV3Schema"))) report.required(`${path}.schema.openAPIV3Schema`);
  }
  each(versions, "schema", (version, path) => {
    const schema = getPath(version, "schema", "openAPIV3Schema");
    if (isObject(schema) && !isUnchanged(version, oldSpec)) checkVersionSchema(schema, version, { path, report });
  });
  each(versions, "subresources", (version, path) => checkScale(version, path, report));
  each(versions, "additionalPrinterColumns", (version, path) => checkColumns(version, path, report));
  each(versions, "selectableFields", (version, path) => {
    const schema = getPath(version, "schema", "openAPIV3Schema");
    if (isObject(schema)) checkSelectableFields(version, schema, { path, report });
  });
  if (new Set(names).size !== names.length)
    report.invalid("spec.versions", versions, "must contain unique version names");
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    report.invalid(
      "spec.versions",
      spec["versions"] ?? null,
      "must have exactly one version marked as storage version",
    );
  }
}

/**
 * Visits a field of each version with its path. What is the same in all versions is judged once, under the name that it had
 * when it stood at the top of the spec: so kube-apiserver says it.
 */
function each(
  versions: readonly JsonObject[],
  field: "schema" | "subresources" | "additionalPrinterColumns" | "selectableFields",
  visit: (version: JsonObject, path: string) => void,
): void {
  const [first] = versions;
  if (first === undefined) return;
  if (versions.every((version) => equal(version[field], first[field]))) {
    visit(first, `spec.${field === "schema" ? "validation" : field}`);
    return;
  }
  for (const [index, version] of versions.entries()) visit(version, `spec.versions[${index}].${field}`);
}

function isUnchanged(version: JsonObject, oldSpec: JsonObject | undefined): boolean {
  const olds = isArray(oldSpec?.["versions"]) ? oldSpec["versions"].filter(isObject) : [];
  return olds.some((old) => old["name"] === version["name"] && equal(old["schema"], version["schema"]));
}

function checkDeprecation(version: JsonObject, path: string, report: Report): void {
  const warning = version["deprecationWarning"];
  if (typeof warning !== "string") return;
  const at = `${path}.deprecationWarning`;
  if (version["deprecated"] !== true) report.invalid(at, warning, "can only be set for deprecated versions");
  if (warning.length > 256) report.invalid(at, warning, "must be <= 256 characters long");
  if (warning === "") report.invalid(at, warning, "must not be an empty string");
}

function checkVersionSchema(schema: JsonObject, version: JsonObject, at: { path: string; report: Report }): void {
  const path = `${at.path}.openAPIV3Schema`;
  const { report } = at;
  if (isObject(getPath(version, "subresources", "status"))) checkRootOfStatus(schema, path, report);
  if (schema["nullable"] === true) report.forbidden(`${path}.nullable`, "nullable cannot be true at the root");
  const structural = new Report();
  checkStructural(schema, path, structural);
  const node = compileSchema(schema).node;
  if (structural.errors.length === 0) checkDefaults(node, path, structural);
  structural.errors.sort((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : 0));
  report.errors.push(...structural.errors);
  checkSchema(schema, { path, report, isRoot: true, node: structural.errors.length === 0 ? node : undefined });
}

function checkRootOfStatus(schema: JsonObject, path: string, report: Report): void {
  if (schema["type"] !== undefined && schema["type"] !== "object") {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    report.invalid(`${path}.type`, schema["type"], detail);
  }
  const other = Object.keys(schema).find((field) => !rootFieldsWithStatus.has(field));
  if (other === undefined) return;
  const allowed = "[Type Description Properties Required Title XPreserveUnknownFields XValidations]";
  report.invalid(
    path,
    schema,
    `only ${allowed} fields are allowed at the root of the schema if the status subresource is enabled`,
  );
}

function checkScale(version: JsonObject, path: string, report: Report): void {
  const scale = getPath(version, "subresources", "scale");
  if (!isObject(scale)) return;
  for (const [field, parents, isRequired] of [
    ["specReplicasPath", [".spec."], true],
    ["statusReplicasPath", [".status."], true],
    ["labelSelectorPath", [".spec.", ".status."], false],
  ] as const) {
    const value = String(scale[field] ?? "");
    const at = `${path}.scale.${field}`;
    if (value === "") {
      if (isRequired) report.required(at);
    } else if (!isSimplePath(value)) report.invalid(at, value, "must be a simple json path starting with .");
    else if (!parents.some((parent) => value.startsWith(parent))) {
      const where = parents
        .map((parent) => parent.slice(0, -1))
        .reverse()
        .join(" or ");
      report.invalid(
        at,
        value,
        `should be a json path under ${where === ".status or .spec" ? "either .spec or .status" : where}`,
      );
    }
  }
}

/** Fields and filters, no recursion, and readable. */
function isSimplePath(path: string): boolean {
  if (!path.startsWith(".") || /\.\.|[{}]/.test(path)) return false;
  try {
    compileJsonPath(path);
    return true;
  } catch {
    return false;
  }
}

function checkColumns(version: JsonObject, path: string, report: Report): void {
  const columns = version["additionalPrinterColumns"];
  if (!isArray(columns)) return;
  for (const [index, column] of columns.entries()) {
    if (!isObject(column)) continue;
    const at = `${path}[${index}]`;
    const text = (field: string): string => String(column[field] ?? "");
    const oneOf = `must be one of ${columnTypes.join(",")}`;
    if (text("name") === "") report.required(`${at}.name`);
    if (text("type") === "") report.required(`${at}.type`, oneOf);
    else if (!columnTypes.includes(text("type"))) report.invalid(`${at}.type`, text("type"), oneOf);
    if (text("format") !== "" && !columnFormats.includes(text("format"))) {
      report.invalid(`${at}.format`, text("format"), `must be one of ${columnFormats.join(",")}`);
    }
    if (text("jsonPath") === "") report.required(`${at}.JSONPath`);
    else if (!isSimplePath(text("jsonPath"))) {
      report.invalid(`${at}.JSONPath`, text("jsonPath"), "must be a simple json path starting with .");
    }
  }
}

function checkSelectableFields(version: JsonObject, schema: JsonObject, at: { path: string; report: Report }): void {
  const fields = version["selectableFields"];
  if (!isArray(fields)) return;
  const { report } = at;
  const seen = new Set<string>();
  for (const [index, field] of fields.entries()) {
    const path = `${at.path}[${index}].jsonPath`;
    const jsonPath = String(getPath(field, "jsonPath") ?? "");
    if (jsonPath === "") {
      report.required(path);
      continue;
    }
    const target = jsonPath.includes("[") ? undefined : schemaAt(schema, jsonPath);
    if (target === undefined) report.invalid(path, jsonPath, "is an invalid path: does not refer to a valid field");
    else if (jsonPath.startsWith(".metadata.")) report.invalid(path, jsonPath, "must not point to fields in metadata");
    else if (!["string", "boolean", "integer"].includes(String(target["type"]))) {
      const detail =
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      report.invalid(path, jsonPath, detail);
    }
    if (seen.has(jsonPath)) report.add("FieldValueDuplicate", path, { badValue: jsonPath });
    seen.add(jsonPath);
  }
  if (seen.size > mostSelectableFields) {
    const detail = `must have at most ${mostSelectableFields} items`;
    report.add("FieldValueTooMany", at.path, { badValue: seen.size, detail });
  }
}
