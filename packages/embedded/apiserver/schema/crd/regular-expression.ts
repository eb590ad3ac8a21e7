import { RE2JS } from "re2js";

/** A compiled RE2 expression. `test` is true when it matches anywhere in the text, as Go's MatchString. */
export interface Expression {
  test(text: string): boolean;
  /** The first matches, from left to right, at most `limit`. */
  findAll(text: string, limit: number): string[];
}

const compiled = new Map<string, Expression | Error>();
const cacheSize = 2_000;

/** Throws when the text is no RE2 expression. Compiled expressions are kept. */
export function compileExpression(pattern: string): Expression {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = build(pattern);
    if (compiled.size >= cacheSize) compiled.clear();
    compiled.set(pattern, found);
  }
  if (found instanceof Error) throw found;
  return found;
}

function build(pattern: string): Expression | Error {
  try {
    // RE2 is asked in any case: it alone says whether the text is valid.
    const re2 = RE2JS.compile(pattern);
    const native = nativeExpression(pattern);
    const test =
      native === undefined ? (text: string) => re2.matcher(text).find() : (text: string) => native.test(text);
    return { test, findAll: (text, limit) => findAll(re2, text, limit) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function findAll(re2: RE2JS, text: string, limit: number): string[] {
  const matcher = re2.matcher(text);
  const found: string[] = [];
  while (found.length < limit && matcher.find()) found.push(matcher.group() ?? "");
  return found;
}

function nativeExpression(pattern: string): RegExp | undefined {
  if (!meansTheSameNatively(pattern)) return undefined;
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

const sameEscapes = "dDwW./$^*+?()[]{}|\\-";

/**
 * True when JavaScript's engine gives RE2's answer and no text can make it slow: plain characters, classes, anchors, groups,
 * at most one open-ended quantifier, and no repeated group with a quantifier or a choice inside. `.` is left to RE2:
 * JavaScript's does not match carriage returns.
 */
function meansTheSameNatively(pattern: string): boolean {
  const groups: { branches: boolean }[] = [];
  let closed: { branches: boolean } | undefined;
  let openEnded = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    const justClosed = closed;
    closed = undefined;
    if (character < " " || character > "~" || character === ".") return false;
    if (character === "\\") {
      if (!sameEscapes.includes(pattern[++at] ?? "x")) return false;
    } else if (character === "[") {
      const set = /^\[\^?((?:[^\][\\]|\\[dw./$^*+?()[\]{}|\\-])+)\]/.exec(pattern.slice(at));
      if (set === null) return false;
      at += set[0].length - 1;
    } else if (character === "(") {
      if (pattern[at + 1] === "?") {
        if (pattern[at + 2] !== ":") return false;
        at += 2;
      }
      groups.push({ branches: false });
    } else if (character === ")") {
      closed = groups.pop();
      const outer = groups.at(-1);
      if (outer !== undefined && closed?.branches === true) outer.branches = true;
    } else if (character === "|") {
      for (const group of groups) group.branches = true;
    } else if (character === "*" || character === "+" || character === "?" || character === "{") {
      const bounds = character === "{" ? /^\{\d+(?:,(\d*))?\}/.exec(pattern.slice(at)) : undefined;
      if (bounds === null) return false;
      if (bounds !== undefined) at += bounds[0].length - 1;
      if ("?+*".includes(pattern[at + 1] ?? "x")) return false;
      if (character !== "?" && justClosed?.branches === true) return false;
      if (character === "*" || character === "+" || bounds?.[1] === "") openEnded++;
      for (const group of groups) group.branches = true;
    }
  }
  return openEnded <= 1;
}
