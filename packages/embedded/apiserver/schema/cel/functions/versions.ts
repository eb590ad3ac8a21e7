import { fn, method, type Overload, predicate } from "../overload.ts";
import { bool, int, opaque, string } from "../type.ts";
import { CelError, Opaque } from "../value.ts";

const semver = opaque("kubernetes.Semver");

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly pre: readonly string[];
}

const strict = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** With `normalize`: a leading v, missing parts and leading zeros are forgiven. */
function parse(text: string, normalize = false): Opaque | undefined {
  const tidy = normalize ? tidied(text) : text;
  const match = strict.exec(tidy);
  if (match === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", pre = ""] = match;
  const version: Version = {
    numbers: [BigInt(major), BigInt(minor), BigInt(patch)],
    pre: pre === "" ? [] : pre.split("."),
  };
  if (version.pre.some((part) => part === "" || /^0\d+$/.test(part))) return undefined;
  return new Opaque("kubernetes.Semver", version, tidy.replace(/\+.*$/, ""));
}

function tidied(text: string): string {
  const [, core = "", rest = ""] = /^v?([\d.]*)(.*)$/.exec(text) ?? [];
  const parts = core.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

function read(text: string, normalize = false): Opaque {
  const version = parse(text, normalize);
  if (version === undefined) throw new CelError(`invalid semantic version ${JSON.stringify(text)}`);
  return version;
}

const of = ({ value }: Opaque): Version => value as Version;

function compare(a: Opaque, b: Opaque): bigint {
  const [left, right] = [of(a), of(b)];
  for (const index of [0, 1, 2] as const) {
    if (left.numbers[index] !== right.numbers[index]) return left.numbers[index] < right.numbers[index] ? -1n : 1n;
  }
  if (left.pre.length === 0 || right.pre.length === 0) return BigInt(Math.sign(right.pre.length - left.pre.length));
  for (let index = 0; index < Math.max(left.pre.length, right.pre.length); index++) {
    const order = comparePart(left.pre[index], right.pre[index]);
    if (order !== 0n) return order;
  }
  return 0n;
}

/** Numbers come before words, and fewer parts before more. */
function comparePart(a: string | undefined, b: string | undefined): bigint {
  if (a === b) return 0n;
  if (a === undefined || b === undefined) return a === undefined ? -1n : 1n;
  const [numberA, numberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numberA && numberB) return BigInt(a) < BigInt(b) ? -1n : 1n;
  if (numberA !== numberB) return numberA ? -1n : 1n;
  return a < b ? -1n : 1n;
}

export const versions: readonly Overload[] = [
  fn("semver", [string], semver, (text: string) => read(text)),
  fn("semver", [string, bool], semver, read),
  fn("isSemver", [string], bool, (text: string) => parse(text) !== undefined),
  fn("isSemver", [string, bool], bool, (text: string, normalize: boolean) => parse(text, normalize) !== undefined),
  method("major", [semver], int, (a: Opaque) => of(a).numbers[0]),
  method("minor", [semver], int, (a: Opaque) => of(a).numbers[1]),
  method("patch", [semver], int, (a: Opaque) => of(a).numbers[2]),
  predicate("isLessThan", [semver, semver], (a: Opaque, b: Opaque) => compare(a, b) < 0n),
  predicate("isGreaterThan", [semver, semver], (a: Opaque, b: Opaque) => compare(a, b) > 0n),
  method("compareTo", [semver, semver], int, compare),
];
