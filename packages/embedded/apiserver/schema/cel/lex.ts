import { CelSyntaxError, type LiteralValue } from "./ast.ts";

export interface Token {
  readonly type: "literal" | "identifier" | "operator" | "end";
  readonly text: string;
  readonly value?: LiteralValue;
  readonly at: number;
}

const space = /(?:\s+|\/\/[^\n]*)+/y;
const number = /(?:0x[0-9a-fA-F]+|(?:\d+\.\d+|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?|\d+)[uU]?/y;
const text =
  /([bB]?[rR]?|[rR][bB])("""[\s\S]*?(?<!\\)"""|'''[\s\S]*?(?<!\\)'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/y;
const identifier = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const quotedIdentifier = /`([a-zA-Z0-9_.\-/ ]+)`/y;
const operator = /\.\?|\[\?|&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y;

export function tokens(source: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const push = (token: Omit<Token, "at">, length: number): void => {
    found.push({ ...token, at });
    at += length;
  };
  while (at < source.length) {
    const blank = match(space);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    const string = match(text);
    const digits = string === null ? match(number) : null;
    const name = string === null && digits === null ? match(identifier) : null;
    const quoted = match(quotedIdentifier);
    const sign = match(operator);
    if (string !== null) push({ type: "literal", text: string[0], value: textValue(string, at) }, string[0].length);
    else if (digits !== null)
      push({ type: "literal", text: digits[0], value: numberValue(digits[0], at) }, digits[0].length);
    else if (name !== null) push(word(name[0]), name[0].length);
    else if (quoted !== null) push({ type: "identifier", text: quoted[1] ?? "" }, quoted[0].length);
    else if (sign !== null) push({ type: "operator", text: sign[0] }, sign[0].length);
    else throw new CelSyntaxError(`Syntax error: token recognition error at: '${source[at]}'`, at);
  }
  found.push({ type: "end", text: "<EOF>", at: source.length });
  return found;
}

function word(name: string): Omit<Token, "at"> {
  if (name === "true" || name === "false") return { type: "literal", text: name, value: name === "true" };
  if (name === "null") return { type: "literal", text: name, value: null };
  if (name === "in") return { type: "operator", text: name };
  return { type: "identifier", text: name };
}

function numberValue(digits: string, at: number): LiteralValue {
  if (/[uU]$/.test(digits)) {
    const uint = BigInt(digits.slice(0, -1));
    if (uint >= 2n ** 64n) throw new CelSyntaxError("invalid uint literal", at);
    return { uint };
  }
  if (/^0x/.test(digits) || /^\d+$/.test(digits)) return BigInt(digits);
  return Number(digits);
}

function textValue([, prefix = "", quoted = ""]: RegExpExecArray, at: number): string | Uint8Array {
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1;
  const inner = quoted.slice(width, -width);
  const isBytes = /b/i.test(prefix);
  const plain = /r/i.test(prefix) ? inner : unescaped(inner, isBytes, at);
  return isBytes ? (typeof plain === "string" ? new TextEncoder().encode(plain) : plain) : String(plain);
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};

function unescaped(inner: string, isBytes: boolean, at: number): string | Uint8Array {
  const bytes: number[] = [];
  let plain = "";
  const pieces =
    /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))|([^\\]+)/gs;
  for (const [, x, upperX, u, upperU, octal, simple, run] of inner.matchAll(pieces)) {
    const code = x ?? upperX ?? u ?? upperU;
    let piece: string;
    if (run !== undefined) piece = run;
    else if (simple !== undefined) {
      const known = simpleEscapes[simple];
      if (known === undefined) throw new CelSyntaxError("invalid escape sequence", at);
      piece = known;
    } else
      piece = String.fromCodePoint(code === undefined ? Number.parseInt(octal ?? "0", 8) : Number.parseInt(code, 16));
    plain += piece;
    if (isBytes) bytes.push(...((x ?? upperX ?? octal) ? [piece.charCodeAt(0)] : new TextEncoder().encode(piece)));
  }
  return isBytes ? Uint8Array.from(bytes) : plain;
}
