import {
  type Budget,
  BudgetError,
  bool,
  CelError,
  CelSyntaxError,
  type CelType,
  compile,
  declaredResourceType,
  declaredType,
  fromJson,
  Optional,
  optionalOf,
  type Program,
  string,
  type Value,
} from "../cel/index.ts";
import type { FieldError, FieldErrorType } from "../field-error.ts";
import { equal, getField, isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode, ValidationRule } from "../schema-node.ts";
import { childFields } from "./child-fields.ts";
import { hasRules } from "./has-rules.ts";

/** Steps that all rules of one request may take together, and that one may take alone. */
const stepsPerRequest = 10_000_000;
const stepsPerRule = 1_000_000;
const longestMessage = 5 * 1024;

export interface CompiledRule {
  readonly source: ValidationRule;
  readonly program?: Program;
  readonly message?: Program;
  /** Why the rule does not compile. */
  readonly error?: string;
  readonly messageError?: string;
}

const compiled = new WeakMap<SchemaNode, readonly CompiledRule[]>();
const compiledRoots = new WeakMap<SchemaNode, readonly CompiledRule[]>();

/** The rules of one node, compiled once. At the root of a resource `self` has apiVersion, kind and metadata too. */
export function compiledRules(schema: SchemaNode, isRoot: boolean): readonly CompiledRule[] {
  const cache = isRoot ? compiledRoots : compiled;
  let rules = cache.get(schema);
  if (rules === undefined) {
    const self = isRoot ? declaredResourceType(schema) : declaredType(schema);
    rules = (schema.validation?.rules ?? []).map((source) => compileRule(source, self));
    cache.set(schema, rules);
  }
  return rules;
}

function compileRule(source: ValidationRule, self: CelType | undefined): CompiledRule {
  if (source.rule.trim() === "") return { source };
  if (self === undefined) return { source, error: "failed to convert to declType for CEL validation rules" };
  const oldSelf = source.optionalOldSelf === true ? optionalOf(self) : self;
  const variables = new Map([
    ["self", self],
    ["oldSelf", oldSelf],
  ]);
  let program: Program;
  try {
    program = compile(source.rule, variables, bool);
  } catch (error) {
    return { source, error: compileFailure(error, "compilation failed: ", "cel expression must evaluate to a bool") };
  }
  if (source.messageExpression === undefined) return { source, program };
  try {
    return { source, program, message: compile(source.messageExpression, variables, string) };
  } catch (error) {
    const failure = compileFailure(
      error,
      "messageExpression compilation failed: ",
      "messageExpression must evaluate to a string",
    );
    return { source, program, messageError: failure };
  }
}

function compileFailure(error: unknown, prefix: string, wrongType: string): string {
  return error instanceof CelSyntaxError ? prefix + error.message : wrongType;
}

/** Evaluates every CEL rule of the schema. With `old`, rules that compare with it run too, and what did not change is let be. */
export function checkRules(object: JsonObject, schema: SchemaNode, old: JsonObject | undefined): readonly FieldError[] {
  if (!hasRules(schema)) return [];
  const check = new RuleCheck();
  try {
    check.value(object, schema, { path: "", old, isRoot: true });
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
  }
  return check.errors;
}

interface Place {
  readonly path: string;
  readonly old: unknown;
  readonly isRoot: boolean;
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #budget: Budget = { steps: stepsPerRequest };

  value(value: unknown, schema: SchemaNode, place: Place): void {
    if (value === null || value === undefined || !hasRules(schema)) return;
    for (const rule of compiledRules(schema, place.isRoot)) this.#rule(rule, { value, schema, place });
    const { path, old } = place;
    if (isArray(value)) {
      const { items } = schema;
      if (items === undefined) return;
      for (const [index, item] of value.entries()) {
        this.value(item, items, { path: `${path}[${index}]`, old: counterpart(item, schema, old), isRoot: false });
      }
    } else if (isObject(value)) {
      for (const { name, schema: field, path: at } of childFields(value, schema, path)) {
        this.value(value[name], field, {
          path: at,
          old: isObject(old) ? getField(old, name) : undefined,
          isRoot: false,
        });
      }
    }
  }

  #rule(rule: CompiledRule, at: { value: unknown; schema: SchemaNode; place: Place }): void {
    const { value, schema, place } = at;
    const { source, program, error } = rule;
    const type = schema.type ?? "";
    const fail = (detail: string): void => {
      this.errors.push({ type: "FieldValueInvalid", field: place.path, badValue: type, detail });
    };
    if (error !== undefined) fail(`rule compile error: ${error}`);
    if (program === undefined) return;
    const usesOld = program.uses("oldSelf");
    if (usesOld && (place.old === undefined || place.old === null) && source.optionalOldSelf !== true) return;
    const variables = variablesOf(source, {
      value,
      schema: place.isRoot ? withTypeMeta(schema) : schema,
      old: place.old,
    });
    try {
      const result = program.run(variables, this.#allowance());
      if (result === true) return;
    } catch (failure) {
      if (failure instanceof BudgetError) {
        fail(
          `'${failure.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(source)}`,
        );
        throw failure;
      }
      if (!(failure instanceof CelError)) throw failure;
      const isOverload = failure.message.startsWith("no such overload");
      fail(
        isOverload
          ? `'${failure.message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(source)}`
          : `${failure.message} evaluating rule: ${ruleText(source)}`,
      );
      return;
    }
    // What was not touched may go on breaking a rule that does not look at the change.
    if (!usesOld && place.old !== undefined && equal(place.old, value)) return;
    this.errors.push(ruleError(source, { path: place.path, type, message: this.#message(rule, variables) }));
  }

  /** What is left of the whole, at most one rule's share. Taken back from the whole as it is used. */
  #allowance(): Budget {
    const whole = this.#budget;
    const limit = Math.min(whole.steps, stepsPerRule);
    let left = limit;
    return {
      get steps() {
        return left;
      },
      set steps(value) {
        whole.steps -= left - value;
        left = value;
      },
    };
  }

  #message({ source, message }: CompiledRule, variables: ReadonlyMap<string, Value>): string {
    const fallback = source.message?.trim() ?? `failed rule: ${ruleText(source)}`;
    if (message === undefined) return fallback;
    try {
      const text = message.run(variables, this.#allowance());
      const trimmed = typeof text === "string" ? text.trim() : "";
      return trimmed === "" || trimmed.includes("\n") || trimmed.length > longestMessage ? fallback : trimmed;
    } catch (error) {
      if (error instanceof CelError) return fallback;
      throw error;
    }
  }
}

const typeMeta = new WeakMap<SchemaNode, SchemaNode>();

/** Lets `self.apiVersion`, `self.kind` and `self.metadata` be read at the root, whatever the schema says. */
function withTypeMeta(schema: SchemaNode): SchemaNode {
  let whole = typeMeta.get(schema);
  if (whole === undefined) {
    const metadata: SchemaNode = {
      type: "object",
      properties: new Map([
        ["name", { type: "string" }],
        ["generateName", { type: "string" }],
      ]),
    };
    const properties = new Map<string, SchemaNode>([
      ...(schema.properties ?? []),
      ["apiVersion", { type: "string" }],
      ["kind", { type: "string" }],
    ]);
    properties.set("metadata", metadata);
    whole = { ...schema, properties };
    typeMeta.set(schema, whole);
  }
  return whole;
}

function variablesOf(
  source: ValidationRule,
  of: { value: unknown; schema: SchemaNode; old: unknown },
): ReadonlyMap<string, Value> {
  const hasOld = of.old !== undefined && of.old !== null;
  const old = hasOld ? fromJson(of.old, of.schema) : undefined;
  const oldSelf =
    source.optionalOldSelf === true ? (old === undefined ? Optional.none : new Optional(old)) : (old ?? null);
  return new Map([
    ["self", fromJson(of.value, of.schema)],
    ["oldSelf", oldSelf],
  ]);
}

function counterpart(item: unknown, { listType, listMapKeys }: SchemaNode, old: unknown): unknown {
  if (listType !== "map" || listMapKeys === undefined || !isArray(old) || !isObject(item)) return undefined;
  return old.find(
    (other) => isObject(other) && listMapKeys.every((key) => equal(getField(other, key), getField(item, key))),
  );
}

function ruleText({ rule, message }: ValidationRule): string {
  return (message ?? rule).trim();
}

function ruleError(source: ValidationRule, of: { path: string; type: string; message: string }): FieldError {
  const field =
    source.fieldPath === undefined ? of.path : `${of.path}${normalizedPath(source.fieldPath)}`.replace(/^\./, "");
  const reason = (source.reason ?? "FieldValueInvalid") as FieldErrorType;
  if (reason === "FieldValueForbidden" || reason === "FieldValueRequired")
    return { type: reason, field, detail: of.message };
  if (reason === "FieldValueDuplicate") return { type: reason, field, badValue: of.type, detail: "" };
  return { type: "FieldValueInvalid", field, badValue: of.type, detail: of.message };
}

/** `.spec['a.b']` as errors show it: `.spec[a.b]`. */
function normalizedPath(path: string): string {
  return path.replace(/\['((?:[^'\\]|\\.)*)'\]/g, (_, name: string) => `[${name.replace(/\\(.)/g, "$1")}]`);
}
