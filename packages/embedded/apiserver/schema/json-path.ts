import { getField, isArray, isObject } from "./json.ts";

/** A JSONPath as kubectl and CRD columns use it, compiled. */
export interface JsonPath {
  /** All values found; none when a field on the way is missing. */
  find(root: unknown): unknown[];
}

export class JsonPathError extends Error {
  override readonly name = "JsonPathError";
}

type Step = (values: unknown[], root: unknown) => unknown[];

const compiled = new Map<string, JsonPath>();

/** Takes `.spec.replicas` and `{.spec.replicas}`. Throws JsonPathError on bad syntax. */
export function compileJsonPath(path: string): JsonPath {
  const known = compiled.get(path);
  if (known !== undefined) return known;
  const steps = new Parser(path.replace(/^\{(.*)\}$/s, "$1")).parse();
  const made = { find: (root: unknown) => steps.reduce((values, step) => step(values, root), [root]) };
  if (compiled.size > 5_000) compiled.clear();
  compiled.set(path, made);
  return made;
}

const field =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => {
      const found = isObject(value) ? getField(value, name) : undefined;
      return found === undefined ? [] : [found];
    });

const children = (value: unknown): unknown[] => (isArray(value) ? value : isObject(value) ? Object.values(value) : []);

const everything: Step = (values) => values.flatMap(children);

/** The value itself and all below it, for `..name`. */
const descendants = (value: unknown): unknown[] => [value, ...children(value).flatMap(descendants)];

const slice =
  (start: number | undefined, end: number | undefined, step: number): Step =>
  (values) =>
    values.flatMap((value) => {
      if (!isArray(value)) return [];
      return value.slice(start ?? 0, end ?? value.length).filter((_, index) => index % step === 0);
    });

const at =
  (index: number): Step =>
  (values) =>
    values.flatMap((value) => {
      const found = isArray(value) ? value.at(index) : undefined;
      return found === undefined ? [] : [found];
    });

/** Recursive descent over the text; `position` is where it stands. */
class Parser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Step[] {
    const steps: Step[] = [];
    if (this.#text[0] === "$" || this.#text[0] === "@") this.#position++;
    while (this.#position < this.#text.length) steps.push(...this.#step());
    return steps;
  }

  #step(): Step[] {
    if (this.#take("..")) {
      const below: Step = (values) => values.flatMap(descendants);
      return this.#text[this.#position] === "[" ? [below, this.#bracket()] : [below, this.#name()];
    }
    if (this.#take(".")) {
      if (this.#position === this.#text.length) return [];
      return this.#text[this.#position] === "[" ? [this.#bracket()] : [this.#name()];
    }
    if (this.#text[this.#position] === "[") return [this.#bracket()];
    if (this.#position === 0) return [this.#name()];
    throw this.#error(`unexpected character ${JSON.stringify(this.#text[this.#position])}`);
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#position)) return false;
    this.#position += token.length;
    return true;
  }

  #name(): Step {
    if (this.#take("*")) return everything;
    let name = "";
    while (this.#position < this.#text.length && !/[.[\]]/.test(this.#text[this.#position] ?? "")) {
      if (this.#text[this.#position] === "\\") this.#position++;
      name += this.#text[this.#position++] ?? "";
    }
    if (name === "") throw this.#error("a name is missing");
    return field(name);
  }

  #bracket(): Step {
    const end = this.#closing();
    const inner = this.#text.slice(this.#position + 1, end).trim();
    this.#position = end + 1;
    if (inner === "*") return everything;
    if (inner.startsWith("?(") && inner.endsWith(")")) return this.#filter(inner.slice(2, -1));
    const parts = splitOutsideQuotes(inner, ",").map((part) => this.#subscript(part.trim()));
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return only;
    return (values, root) => values.flatMap((value) => parts.flatMap((part) => part([value], root)));
  }

  #subscript(text: string): Step {
    const quoted = /^(['"])(.*)\1$/s.exec(text);
    if (quoted !== null) return field((quoted[2] ?? "").replace(/\\(.)/gs, "$1"));
    if (/^-?\d+$/.test(text)) return at(Number(text));
    const range = /^(-?\d+)?:(-?\d+)?(?::(\d+))?$/.exec(text);
    if (range !== null) {
      const [, start, end, step] = range;
      return slice(
        start === undefined ? undefined : Number(start),
        end === undefined ? undefined : Number(end),
        Number(step ?? 1),
      );
    }
    throw this.#error(`invalid array index ${text}`);
  }

  #filter(condition: string): Step {
    const operator = ["==", "!=", "<=", ">=", "<", ">"].find(
      (token) => splitOutsideQuotes(condition, token).length === 2,
    );
    const [left = "", right] = operator === undefined ? [condition] : splitOutsideQuotes(condition, operator);
    const read = this.#operand(left.trim());
    if (operator === undefined || right === undefined) {
      return (values) => values.flatMap((value) => children(value).filter((item) => read(item) !== undefined));
    }
    const compareWith = this.#operand(right.trim());
    return (values) =>
      values.flatMap((value) => children(value).filter((item) => compare(read(item), operator, compareWith(item))));
  }

  #operand(text: string): (item: unknown) => unknown {
    if (text.startsWith("@") || text.startsWith("$") || text.startsWith(".")) {
      const steps = new Parser(text).parse();
      return (item) => steps.reduce((values, step) => step(values, item), [item])[0];
    }
    const quoted = /^(['"])(.*)\1$/s.exec(text);
    if (quoted !== null) return () => quoted[2];
    if (text === "true" || text === "false") return () => text === "true";
    if (text !== "" && !Number.isNaN(Number(text))) return () => Number(text);
    throw this.#error(`unrecognized operand ${text}`);
  }

  #closing(): number {
    let depth = 0;
    let quote: string | undefined;
    for (let index = this.#position; index < this.#text.length; index++) {
      const character = this.#text[index];
      if (quote !== undefined) {
        if (character === "\\") index++;
        else if (character === quote) quote = undefined;
      } else if (character === "'" || character === '"') quote = character;
      else if (character === "[") depth++;
      else if (character === "]" && --depth === 0) return index;
    }
    throw this.#error("unterminated array");
  }

  #error(what: string): JsonPathError {
    return new JsonPathError(`${what} in ${JSON.stringify(this.#text)}`);
  }
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [""];
  let quote: string | undefined;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (quote === undefined && text.startsWith(separator, index)) {
      parts.push("");
      index += separator.length - 1;
      continue;
    }
    if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    parts.push((parts.pop() ?? "") + character);
  }
  return parts;
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  if (left === undefined || right === undefined) return false;
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string")) return false;
  const order = left < (right as typeof left) ? -1 : left > (right as typeof left) ? 1 : 0;
  if (operator === "<") return order < 0;
  if (operator === "<=") return order <= 0;
  return operator === ">" ? order > 0 : order >= 0;
}
