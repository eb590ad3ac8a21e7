import { CelSyntaxError, type Comprehension, type Expression } from "./ast.ts";
import { type Code, type Compiled, type Frame, Scope, step } from "./code.ts";
import { bool, type CelType, dyn, fits, int, listOf, mapOf, optionalOf, printType } from "./type.ts";
import { ArrayList, CelError, CelList, CelMap, EntryMap, Optional, type Value } from "./value.ts";

type Compile = (expression: Expression, scope: Scope) => Compiled;

/** all, exists, existsOne, map, filter and the transform macros, and optMap and optFlatMap. */
export function compileComprehension(node: Comprehension, scope: Scope, compile: Compile): Compiled {
  const range = compile(node.range, scope);
  if (node.macro === "optMap" || node.macro === "optFlatMap") return compileOptional(node, range, { scope, compile });
  const [first, second] = variableTypes(node, range.type);
  const variables = new Map<string, CelType>([[node.first, first]]);
  if (node.second !== undefined) variables.set(node.second, second);
  const inner = new Scope(variables, scope);
  const filter = node.filter === undefined ? undefined : compile(node.filter, inner);
  const body = compile(node.body, inner);
  const isTest = node.macro === "all" || node.macro === "exists" || node.macro === "existsOne";
  const test = isTest ? body : filter;
  if (test !== undefined && !fits(test.type, bool, new Map())) {
    throw new CelSyntaxError(`expected type 'bool' but found '${printType(test.type)}'`, node.at);
  }
  const each = elements(range.code, { slot: scope.next, isPair: node.second !== undefined });
  const loop = { each, filter: filter?.code, body: body.code };
  switch (node.macro) {
    case "all":
    case "exists":
      return { type: bool, code: quantifier(loop, node.macro === "exists") };
    case "existsOne":
      return { type: bool, code: existsOne(loop) };
    case "filter":
      return {
        type: range.type.kind === "list" ? range.type : listOf(first),
        code: collect({ ...loop, filter: filter?.code }),
      };
    case "map":
      return { type: listOf(body.type), code: collect(loop) };
    case "transformMap":
      return { type: mapOf(first, body.type), code: transformMap(loop, scope.next) };
    default:
      return { type: body.type.kind === "map" ? body.type : dyn, code: transformEntries(loop) };
  }
}

/** Of one variable: the item or key. Of two: index and item, or key and value. */
function variableTypes(node: Comprehension, range: CelType): readonly [CelType, CelType] {
  const isPair = node.second !== undefined;
  if (range.kind === "dyn") return [dyn, dyn];
  if (range.kind === "list") return isPair ? [int, range.item] : [range.item, dyn];
  if (range.kind === "map") return [range.key, range.value];
  throw new CelSyntaxError(
    `expression of type '${printType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    node.range.at,
  );
}

interface Loop {
  /** Sets the variables to one element after the other; the visitor ends the loop by returning true. */
  readonly each: (frame: Frame, visit: () => boolean) => void;
  readonly filter: Code<Value> | undefined;
  readonly body: Code<Value>;
}

function elements(range: Code<Value>, { slot, isPair }: { slot: number; isPair: boolean }): Loop["each"] {
  return (frame, visit) => {
    const values = range(frame);
    const { slots } = frame;
    if (values instanceof CelList) {
      for (let index = 0; index < values.size; index++) {
        step(frame);
        if (isPair) {
          slots[slot] = BigInt(index);
          slots[slot + 1] = values.at(index);
        } else slots[slot] = values.at(index);
        if (visit()) return;
      }
    } else if (values instanceof CelMap) {
      for (const key of values.keys()) {
        step(frame);
        slots[slot] = key;
        if (isPair) slots[slot + 1] = values.get(key) ?? null;
        if (visit()) return;
      }
    } else throw new CelError("no such overload");
  };
}

function isTrue(value: Value): boolean {
  if (typeof value !== "boolean") throw new CelError("no such overload");
  return value;
}

/** `all` ends at the first false, `exists` at the first true; then errors of other elements do not matter. */
function quantifier({ each, body }: Loop, stop: boolean): Code<Value> {
  return (frame) => {
    let result = !stop;
    let failure: unknown;
    each(frame, () => {
      try {
        if (isTrue(body(frame)) !== stop) return false;
      } catch (error) {
        if (!(error instanceof CelError)) throw error;
        failure ??= error;
        return false;
      }
      result = stop;
      return true;
    });
    if (result !== stop && failure !== undefined) throw failure;
    return result;
  };
}

function existsOne({ each, body }: Loop): Code<Value> {
  return (frame) => {
    let count = 0;
    each(frame, () => {
      if (isTrue(body(frame))) count++;
      return false;
    });
    return count === 1;
  };
}

function collect({ each, filter, body }: Loop): Code<Value> {
  return (frame) => {
    const values: Value[] = [];
    each(frame, () => {
      if (filter === undefined || isTrue(filter(frame))) values.push(body(frame));
      return false;
    });
    return new ArrayList(values);
  };
}

function transformMap({ each, filter, body }: Loop, slot: number): Code<Value> {
  return (frame) => {
    const map = new EntryMap();
    each(frame, () => {
      if (filter === undefined || isTrue(filter(frame))) map.add(frame.slots[slot] ?? null, body(frame));
      return false;
    });
    return map;
  };
}

function transformEntries({ each, filter, body }: Loop): Code<Value> {
  return (frame) => {
    const map = new EntryMap();
    each(frame, () => {
      if (filter !== undefined && !isTrue(filter(frame))) return false;
      const entry = body(frame);
      if (!(entry instanceof CelMap)) throw new CelError("no such overload");
      for (const key of entry.keys()) {
        if (!map.add(key, entry.get(key) ?? null))
          throw new CelError(`insert failed: key ${String(key)} already exists`);
      }
      return false;
    });
    return map;
  };
}

function compileOptional(
  node: Comprehension,
  range: Compiled,
  { scope, compile }: { scope: Scope; compile: Compile },
): Compiled {
  const type = range.type.kind === "optional" ? range.type.item : dyn;
  const body = compile(node.body, new Scope(new Map([[node.first, type]]), scope));
  const slot = scope.next;
  const isFlat = node.macro === "optFlatMap";
  const code: Code<Value> = (frame) => {
    const value = range.code(frame);
    if (!(value instanceof Optional)) throw new CelError("no such overload");
    if (value.value === undefined) return Optional.none;
    frame.slots[slot] = value.value;
    const result = body.code(frame);
    return isFlat ? result : new Optional(result);
  };
  return { type: isFlat ? body.type : optionalOf(body.type), code };
}
