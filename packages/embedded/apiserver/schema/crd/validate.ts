import type { FieldError } from "../field-error.ts";
import { equal, getField, isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";
import { checkNumber, checkString, type Report } from "./validate-scalar.ts";

/**
 * Judges a value by the OpenAPI keywords of a CRD, with the texts of kube-apiserver. With `old`, what did not change is not
 * judged again (ratcheting): a part counts as unchanged when it can be found in the old object and is equal.
 */
export function validateValue(value: unknown, schema: SchemaNode, old?: unknown): readonly FieldError[] {
  const outcome = new Outcome();
  check(value, schema, { path: "", old, outcome });
  return outcome.errors;
}

interface Place {
  readonly path: string;
  /** The value's counterpart in the old object; undefined when there is none. */
  readonly old: unknown;
  readonly outcome: Outcome;
}

/** Errors found, and how many checks ran: of failed alternatives the one that got furthest is reported. */
class Outcome {
  readonly errors: FieldError[] = [];
  checks = 0;

  readonly report: Report = (error) => {
    const known = this.errors.some(
      (other) => other.field === error.field && other.detail === error.detail && other.type === error.type,
    );
    if (!known) this.errors.push(error);
  };

  take(other: Outcome): void {
    for (const error of other.errors) this.report(error);
    this.checks += other.checks;
  }
}

function check(value: unknown, schema: SchemaNode, place: Place): void {
  if (place.old !== undefined && equal(value, place.old)) return;
  const { path, outcome } = place;
  outcome.checks++;
  const fits = checkType(value, schema, place);
  if (value !== null) {
    checkJunctors(value, schema, place);
    if (fits && typeof value === "string") checkString(value, schema, { path, report: outcome.report });
    if (fits && typeof value === "number") checkNumber(value, schema, { path, report: outcome.report });
    if (isArray(value)) checkList(value, schema, place);
  }
  checkEnum(value, schema, place);
  if (isObject(value)) checkObject(value, schema, place);
}

function checkType(value: unknown, schema: SchemaNode, { path, outcome }: Place): boolean {
  const wanted = schema.intOrString === true ? ["integer", "string"] : schema.type === undefined ? [] : [schema.type];
  if (wanted.length === 0) return true;
  const found = jsonType(value);
  if (found === "null" && schema.nullable === true) return true;
  if (wanted.includes(found) || (found === "integer" && wanted.includes("number"))) {
    outcome.checks++;
    return true;
  }
  outcome.report({
    type: "FieldValueTypeInvalid",
    field: path,
    badValue: found,
    detail: `${path} in body must be of type ${wanted.join(",")}: ${JSON.stringify(found)}`,
  });
  return false;
}

function jsonType(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function checkEnum(value: unknown, { enum: values }: SchemaNode, { path, outcome }: Place): void {
  if (values === undefined || values.some((allowed) => equal(allowed, value))) return;
  const supported = values.map((allowed) =>
    JSON.stringify(typeof allowed === "string" ? allowed : JSON.stringify(allowed)),
  );
  outcome.report({
    type: "FieldValueNotSupported",
    field: path,
    badValue: value,
    detail: `supported values: ${supported.join(", ")}`,
  });
}

function checkList(list: readonly unknown[], schema: SchemaNode, place: Place): void {
  const { path, outcome } = place;
  const { items, validation = {} } = schema;
  if (items !== undefined) {
    list.forEach((item, index) => {
      check(item, items, { path: `${path}[${index}]`, old: counterpart(item, schema, place.old), outcome });
    });
  }
  const { minItems, maxItems } = validation;
  if (minItems !== undefined && list.length < minItems) {
    outcome.report(invalid(path, list.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && list.length > maxItems) outcome.report(tooMany(path, list.length, maxItems));
  if (validation.uniqueItems === true && list.some((item, index) => list.slice(0, index).some((o) => equal(o, item)))) {
    outcome.report(invalid(path, "", `${path} in body shouldn't contain duplicates`));
  }
}

/** Items of a list of type map can be found again by their keys; those of other lists cannot. */
function counterpart(item: unknown, { listType, listMapKeys }: SchemaNode, old: unknown): unknown {
  if (listType !== "map" || listMapKeys === undefined || !isArray(old) || !isObject(item)) return undefined;
  return old.find(
    (other) => isObject(other) && listMapKeys.every((key) => equal(getField(other, key), getField(item, key))),
  );
}

function checkObject(object: JsonObject, schema: SchemaNode, place: Place): void {
  const { path, outcome } = place;
  const { minProperties, maxProperties } = schema.validation ?? {};
  const size = Object.keys(object).length;
  if (minProperties !== undefined && size < minProperties) {
    outcome.report(invalid(path, size, `${path} in body should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && size > maxProperties) outcome.report(tooMany(path, size, maxProperties));
  const old = isObject(place.old) ? place.old : undefined;
  for (const name of Object.keys(object)) {
    const field = schema.properties?.get(name) ?? schema.additionalProperties;
    if (field === undefined) continue;
    const fieldPath = path === "" ? name : `${path}.${name}`;
    check(object[name], field, { path: fieldPath, old: old === undefined ? undefined : getField(old, name), outcome });
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(object, name)) outcome.checks++;
    else outcome.report({ type: "FieldValueRequired", field: path === "" ? name : `${path}.${name}`, detail: "" });
  }
}

function checkJunctors(value: unknown, { validation }: SchemaNode, place: Place): void {
  if (validation === undefined) return;
  const { path, outcome } = place;
  const run = (schema: SchemaNode): Outcome => {
    const inner = new Outcome();
    check(value, schema, { path, old: undefined, outcome: inner });
    return inner;
  };
  const fail = (message: string): void =>
    outcome.report({ type: "FieldValueInvalid", field: "", badValue: "", detail: message });

  if (validation.anyOf !== undefined) {
    const outcomes = validation.anyOf.map(run);
    if (outcomes.every(({ errors }) => errors.length > 0)) {
      fail(`${JSON.stringify(path)} must validate at least one schema (anyOf)`);
      takeBest(outcome, outcomes);
    }
  }
  if (validation.oneOf !== undefined) {
    const outcomes = validation.oneOf.map(run);
    const valid = outcomes.filter(({ errors }) => errors.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      fail(`${JSON.stringify(path)} must validate one and only one schema (oneOf). ${found}`);
      if (valid === 0) takeBest(outcome, outcomes);
    }
  }
  if (validation.allOf !== undefined) {
    const outcomes = validation.allOf.map(run);
    for (const inner of outcomes) outcome.take(inner);
    const valid = outcomes.filter(({ errors }) => errors.length === 0).length;
    if (valid !== outcomes.length) {
      fail(`${JSON.stringify(path)} must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
    }
  }
  if (validation.not !== undefined && run(validation.not).errors.length === 0) {
    fail(`${JSON.stringify(path)} must not validate the schema (not)`);
  }
}

function takeBest(outcome: Outcome, failed: readonly Outcome[]): void {
  const best = failed.reduce((a, b) => (b.checks > a.checks ? b : a));
  outcome.take(best);
}

function invalid(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, badValue, detail };
}

function tooMany(field: string, actual: number, most: number): FieldError {
  const items = most === 1 ? "item" : "items";
  return { type: "FieldValueTooMany", field, badValue: actual, detail: `must have at most ${most} ${items}` };
}
