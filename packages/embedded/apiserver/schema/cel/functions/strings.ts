import { compileExpression } from "../../crd/regular-expression.ts";
import { fn, method, type Overload, predicate } from "../overload.ts";
import { printDuration, printTimestamp } from "../time.ts";
import { dyn, int, listOf, string } from "../type.ts";
import { ArrayList, CelError, CelList, CelMap, Duration, Timestamp, Uint, type Value } from "../value.ts";

/** Positions count code points, as CEL's do. */
const points = (text: string): string[] => [...text];

function matches(text: string, pattern: string): boolean {
  try {
    return compileExpression(pattern).test(text);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function find(text: string, pattern: string, limit: bigint): string[] {
  try {
    return compileExpression(pattern).findAll(text, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit));
  } catch (error) {
    throw new CelError(`Illegal regex: ${error instanceof Error ? error.message : error}`);
  }
}

function charAt(text: string, index: bigint): string {
  const all = points(text);
  if (index < 0n || index > all.length) throw new CelError(`index out of range: ${index}`);
  return all[Number(index)] ?? "";
}

function indexOf(text: string, part: string, offset = 0n): bigint {
  const all = points(text);
  if (offset < 0n || offset > all.length) throw new CelError(`index out of range: ${offset}`);
  const skipped = all.slice(0, Number(offset)).join("").length;
  const at = text.indexOf(part, skipped);
  return at < 0 ? -1n : BigInt(points(text.slice(0, at)).length);
}

function lastIndexOf(text: string, part: string, offset?: bigint): bigint {
  const all = points(text);
  if (offset !== undefined && (offset < 0n || offset > all.length)) throw new CelError(`index out of range: ${offset}`);
  const limit = offset === undefined ? text.length : all.slice(0, Number(offset)).join("").length;
  const at = text.lastIndexOf(part, limit);
  return at < 0 ? -1n : BigInt(points(text.slice(0, at)).length);
}

function substring(text: string, from: bigint, to?: bigint): string {
  const all = points(text);
  const end = to ?? BigInt(all.length);
  if (from < 0n || from > all.length || end < 0n || end > all.length)
    throw new CelError(`index out of range: ${from > all.length ? from : end}`);
  if (from > end) throw new CelError(`invalid substring range. start: ${from}, end: ${end}`);
  return all.slice(Number(from), Number(end)).join("");
}

function replace(text: string, from: string, to: string, limit = -1n): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  let result = text;
  let at = 0;
  for (let count = 0n; count < limit; count++) {
    const found = result.indexOf(from, at);
    if (found < 0) break;
    result = result.slice(0, found) + to + result.slice(found + from.length);
    at = found + to.length + (from === "" ? 1 : 0);
    if (at > result.length) break;
  }
  return result;
}

function split(text: string, separator: string, limit = -1n): CelList {
  if (limit === 0n) return new ArrayList([]);
  const parts = separator === "" ? points(text) : text.split(separator);
  if (limit < 0n || parts.length <= limit) return new ArrayList(parts);
  const head = parts.slice(0, Number(limit) - 1);
  return new ArrayList([...head, parts.slice(Number(limit) - 1).join(separator)]);
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/** `%s`, `%d`, `%f`, `%e`, `%b`, `%x`, `%X`, `%o` and `%%`, with a precision for the fractions. */
function format(template: string, args: CelList): string {
  let next = 0;
  return template.replace(
    /%(?:%|(?:\.(\d+))?([sdfebxXo]))/g,
    (whole, precision: string | undefined, verb: string | undefined) => {
      if (verb === undefined) return "%";
      if (next >= args.size) throw new CelError(`index ${next} out of range`);
      const value = args.at(next++);
      const number = value instanceof Uint ? value.value : value;
      switch (verb) {
        case "s":
          return show(value);
        case "d":
          return String(number);
        case "f":
          return Number(number).toFixed(precision === undefined ? 6 : Number(precision));
        case "e":
          return Number(number)
            .toExponential(precision === undefined ? 6 : Number(precision))
            .replace(/e([+-])(\d)$/, "e$10$2");
        case "b":
          return typeof number === "boolean" ? String(Number(number)) : radix(number, 2);
        case "o":
          return radix(number, 8);
        case "x":
        case "X": {
          const text =
            typeof number === "string"
              ? Buffer.from(number).toString("hex")
              : number instanceof Uint8Array
                ? Buffer.from(number).toString("hex")
                : radix(number, 16);
          return verb === "X" ? text.toUpperCase() : text;
        }
        default:
          return whole;
      }
    },
  );
}

function radix(value: Value, base: number): string {
  if (typeof value !== "bigint") throw new CelError("only integers can be formatted so");
  return value.toString(base);
}

function show(value: Value): string {
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return printTimestamp(value);
  if (value instanceof Duration) return printDuration(value);
  if (value instanceof CelList) return `[${[...value].map(show).join(", ")}]`;
  if (value instanceof CelMap) {
    return `{${[...value.keys()]
      .map((key) => `${show(key)}: ${show(value.get(key) ?? null)}`)
      .sort()
      .join(", ")}}`;
  }
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}

export const strings: readonly Overload[] = [
  predicate("contains", [string, string], (text: string, part: string) => text.includes(part)),
  predicate("startsWith", [string, string], (text: string, part: string) => text.startsWith(part)),
  predicate("endsWith", [string, string], (text: string, part: string) => text.endsWith(part)),
  predicate("matches", [string, string], matches),
  fn("matches", [string, string], { kind: "bool" }, matches),
  method("find", [string, string], string, (text: string, pattern: string) => find(text, pattern, 1n)[0] ?? ""),
  method(
    "findAll",
    [string, string],
    listOf(string),
    (text: string, pattern: string) => new ArrayList(find(text, pattern, -1n)),
  ),
  method(
    "findAll",
    [string, string, int],
    listOf(string),
    (text: string, pattern: string, limit: bigint) => new ArrayList(find(text, pattern, limit)),
  ),
  method("charAt", [string, int], string, charAt),
  method("indexOf", [string, string], int, (text: string, part: string) => indexOf(text, part)),
  method("indexOf", [string, string, int], int, indexOf),
  method("lastIndexOf", [string, string], int, (text: string, part: string) => lastIndexOf(text, part)),
  method("lastIndexOf", [string, string, int], int, lastIndexOf),
  method("lowerAscii", [string], string, lower),
  method("upperAscii", [string], string, upper),
  method("trim", [string], string, (text: string) => text.trim()),
  method("reverse", [string], string, (text: string) => points(text).reverse().join("")),
  method("replace", [string, string, string], string, (text: string, from: string, to: string) =>
    replace(text, from, to),
  ),
  method("replace", [string, string, string, int], string, replace),
  method("split", [string, string], listOf(string), (text: string, separator: string) => split(text, separator)),
  method("split", [string, string, int], listOf(string), split),
  method("substring", [string, int], string, (text: string, from: bigint) => substring(text, from)),
  method("substring", [string, int, int], string, substring),
  method("join", [listOf(string)], string, (items: CelList) => [...items].join("")),
  method("join", [listOf(string), string], string, (items: CelList, separator: string) => [...items].join(separator)),
  method("format", [string, listOf(dyn)], string, format),
  fn("strings.quote", [string], string, (text: string) => JSON.stringify(text)),
];
