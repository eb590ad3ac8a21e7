import { CelSyntaxError, type Comprehension, type Expression, type LiteralValue } from "./ast.ts";
import { type Code, type Compiled, type Scope, step } from "./code.ts";
import { compileComprehension } from "./comprehension.ts";
import { overloadsOf } from "./library.ts";
import { dispatch, type Overload } from "./overload.ts";
import {
  type Bindings,
  bool,
  bytes,
  type CelType,
  double,
  dyn,
  fits,
  int,
  join,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  printType,
  resolve,
  string,
  typeType,
  uint,
} from "./type.ts";
import { ArrayList, CelError, CelMap, EntryMap, Optional, TypeValue, Uint, type Value } from "./value.ts";

/** Checks the types of an expression and makes it ready to run. Throws CelSyntaxError. */
export function compileExpression(expression: Expression, scope: Scope): Compiled {
  switch (expression.kind) {
    case "literal":
      return compileLiteral(expression.value);
    case "identifier":
      return compileIdentifier(expression.name, scope, expression.at);
    case "select":
      return compileSelect(expression, scope);
    case "call":
      return compileCall(expression, scope);
    case "list":
      return compileList(expression, scope);
    case "map":
      return compileMap(expression, scope);
    default:
      return compileComprehension(expression as Comprehension, scope, compileExpression);
  }
}

function compileLiteral(literal: LiteralValue): Compiled {
  const value: Value =
    typeof literal === "object" && literal !== null && "uint" in literal ? new Uint(literal.uint) : literal;
  return { type: literalType(value), code: () => value };
}

function literalType(value: Value): CelType {
  if (value === null) return nullType;
  if (typeof value === "boolean") return bool;
  if (typeof value === "bigint") return int;
  if (typeof value === "number") return double;
  if (typeof value === "string") return string;
  return value instanceof Uint ? uint : bytes;
}

const typeNames = new Set(["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type"]);

function compileIdentifier(name: string, scope: Scope, at: number): Compiled {
  const variable = scope.find(name);
  if (variable !== undefined) {
    const { slot } = variable;
    return { type: variable.type, code: (frame) => frame.slots[slot] ?? null };
  }
  if (typeNames.has(name)) return { type: typeType, code: () => new TypeValue(name) };
  throw new CelSyntaxError(`undeclared reference to '${name}' (in container '')`, at);
}

function compileSelect(select: Extract<Expression, { kind: "select" }>, scope: Scope): Compiled {
  const { field, test, at } = select;
  const typeName = qualifiedTypeName(select, scope);
  if (typeName !== undefined) return { type: typeType, code: () => new TypeValue(typeName) };
  const target = compileExpression(select.target, scope);
  const unwrapped = target.type.kind === "optional" ? target.type.item : target.type;
  const type = fieldType(unwrapped, field, at);
  const read: Code<Value | undefined> = (frame) => {
    const value = target.code(frame);
    const inner = value instanceof Optional ? value.value : value;
    if (inner === undefined) return undefined;
    if (!(inner instanceof CelMap)) throw new CelError("no such overload");
    return inner.get(field);
  };
  if (test) return { type: bool, code: (frame) => read(frame) !== undefined };
  if (select.optional || target.type.kind === "optional") {
    return { type: optionalOf(type), code: (frame) => optionalFrom(read(frame)) };
  }
  return {
    type,
    code: (frame) => {
      const value = read(frame);
      if (value === undefined) throw new CelError(`no such key: ${field}`);
      return value;
    },
  };
}

/** google.protobuf.Timestamp and its like are names of types. */
function qualifiedTypeName(select: Expression, scope: Scope): string | undefined {
  const name = qualifiedName(select);
  if (name === undefined || scope.find(name.split(".")[0] ?? "") !== undefined) return undefined;
  return ["google.protobuf.Timestamp", "google.protobuf.Duration"].includes(name) ? name : undefined;
}

function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === "identifier") return expression.name;
  if (expression.kind !== "select" || expression.test || expression.optional) return undefined;
  const target = qualifiedName(expression.target);
  return target === undefined ? undefined : `${target}.${expression.field}`;
}

function fieldType(type: CelType, field: string, at: number): CelType {
  if (type.kind === "dyn") return dyn;
  if (type.kind === "map") return type.value;
  if (type.kind !== "object")
    throw new CelSyntaxError(`type '${printType(type)}' does not support field selection`, at);
  const found = type.fields.get(field);
  if (found === undefined) throw new CelSyntaxError(`undefined field '${field}'`, at);
  return found;
}

function compileCall(call: Extract<Expression, { kind: "call" }>, scope: Scope): Compiled {
  const { name, at } = call;
  const qualified = call.target === undefined ? name : `${qualifiedName(call.target) ?? "?"}.${name}`;
  const isNamespaced = call.target !== undefined && overloadsOf(qualified).some(({ isMethod }) => !isMethod);
  const target = isNamespaced ? undefined : call.target;
  const args = [...(target === undefined ? [] : [target]), ...call.args].map((argument) =>
    compileExpression(argument, scope),
  );
  const special = compileOperator(name, args);
  if (special !== undefined) return special;

  const functionName = isNamespaced ? qualified : name;
  const candidates = overloadsOf(functionName).filter(({ isMethod }) => isMethod === (target !== undefined));
  if (candidates.length === 0)
    throw new CelSyntaxError(`undeclared reference to '${functionName}' (in container '')`, at);
  const fitting: Overload[] = [];
  let result: CelType | undefined;
  for (const overload of candidates) {
    const bindings: Bindings = new Map();
    if (overload.args.length !== args.length) continue;
    if (!overload.args.every((type, index) => fits(args[index]?.type ?? dyn, type, bindings))) continue;
    const type = resolve(overload.result, bindings);
    result = result === undefined ? type : join(result, type);
    fitting.push(overload);
  }
  if (result === undefined) throw noOverload(functionName, args, { at, isMethod: target !== undefined });
  return { type: result, code: invoke(fitting, args) };
}

function noOverload(
  name: string,
  args: readonly Compiled[],
  { at, isMethod }: { at: number; isMethod: boolean },
): CelSyntaxError {
  const types = args.map(({ type }) => printType(type));
  const shown = isMethod ? `${types[0]}.(${types.slice(1).join(", ")})` : `(${types.join(", ")})`;
  return new CelSyntaxError(`found no matching overload for '${name}' applied to '${shown}'`, at);
}

function invoke(overloads: readonly Overload[], args: readonly Compiled[]): Code<Value> {
  const codes = args.map(({ code }) => code);
  const [only] = overloads;
  const isCertain = overloads.length === 1 && args.every(({ type }) => type.kind !== "dyn");
  return (frame) => {
    step(frame);
    const values = codes.map((code) => code(frame));
    return only !== undefined && isCertain ? only.run(...values) : dispatch(overloads, values);
  };
}

/** Operators that do not evaluate all of their operands. */
function compileOperator(name: string, args: readonly Compiled[]): Compiled | undefined {
  const [first, second, third] = args;
  if (first === undefined || second === undefined) return undefined;
  if (name === "_&&_" || name === "_||_") return compileLogic(name === "_||_", first, second);
  if (name === "_?_:_" && third !== undefined) {
    const code: Code<Value> = (frame) => (isTrue(first.code(frame)) ? second.code(frame) : third.code(frame));
    return { type: join(second.type, third.type), code };
  }
  if (name === "orValue" && first.type.kind !== "map" && first.type.kind !== "object") {
    const type = first.type.kind === "optional" ? join(first.type.item, second.type) : dyn;
    const code: Code<Value> = (frame) => {
      const value = first.code(frame);
      if (!(value instanceof Optional)) throw new CelError("no such overload");
      return value.value ?? second.code(frame);
    };
    return { type, code };
  }
  return undefined;
}

function isTrue(value: Value): boolean {
  if (typeof value !== "boolean") throw new CelError("no such overload");
  return value;
}

/** `stop` is the value that decides alone: an error on the other side does not matter then. */
function compileLogic(stop: boolean, left: Compiled, right: Compiled): Compiled {
  for (const { type } of [left, right]) {
    if (!fits(type, bool, new Map())) {
      const operator = stop ? "_||_" : "_&&_";
      throw noOverload(operator, [left, right], { at: 0, isMethod: false });
    }
  }
  const code: Code<Value> = (frame) => {
    step(frame);
    let failure: unknown;
    for (const side of [left, right]) {
      try {
        if (isTrue(side.code(frame)) === stop) return stop;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return !stop;
  };
  return { type: bool, code };
}

function compileList({ items }: Extract<Expression, { kind: "list" }>, scope: Scope): Compiled {
  const compiled = items.map(({ value, optional }) => ({ ...compileExpression(value, scope), optional }));
  const types = compiled.map(({ type, optional }) => (optional && type.kind === "optional" ? type.item : type));
  const code: Code<Value> = (frame) => {
    step(frame);
    const values: Value[] = [];
    for (const item of compiled) {
      const value = item.code(frame);
      if (!item.optional) values.push(value);
      else if (value instanceof Optional && value.value !== undefined) values.push(value.value);
    }
    return new ArrayList(values);
  };
  return { type: listOf(types.length === 0 ? dyn : types.reduce(join)), code };
}

function compileMap({ entries, at }: Extract<Expression, { kind: "map" }>, scope: Scope): Compiled {
  const compiled = entries.map(({ key, value, optional }) => ({
    key: compileExpression(key, scope),
    value: compileExpression(value, scope),
    optional,
  }));
  for (const { key } of compiled) {
    if (!["dyn", "string", "int", "uint", "bool"].includes(key.type.kind))
      throw new CelSyntaxError("unsupported key type", at);
  }
  const values = compiled.map(({ value, optional }) =>
    optional && value.type.kind === "optional" ? value.type.item : value.type,
  );
  const type = mapOf(
    compiled.length === 0 ? dyn : compiled.map(({ key }) => key.type).reduce(join),
    values.length === 0 ? dyn : values.reduce(join),
  );
  const code: Code<Value> = (frame) => {
    step(frame);
    const map = new EntryMap();
    for (const { key, value, optional } of compiled) {
      const held = value.code(frame);
      const inner = optional && held instanceof Optional ? held.value : held;
      if (inner !== undefined && !map.add(key.code(frame), inner)) throw new CelError("Failed with repeated key");
    }
    return map;
  };
  return { type, code };
}

function optionalFrom(value: Value | undefined): Optional {
  return value === undefined ? Optional.none : new Optional(value);
}
