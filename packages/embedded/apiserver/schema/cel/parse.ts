import { CelSyntaxError, type Expression, type ListItem, type MapEntry } from "./ast.ts";
import { type Token, tokens } from "./lex.ts";
import { expandMacro } from "./macros.ts";

/** Deeper nesting is refused, so that no rule can exhaust the stack. */
const deepest = 250;

/** Reads a CEL expression. Throws CelSyntaxError. */
export function parse(source: string): Expression {
  return new Parser(tokens(source)).whole();
}

/** What an expression may begin with, as messages list it. */
const beginnings =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

const relations = new Set(["<", "<=", ">", ">=", "==", "!=", "in"]);
const sums = new Set(["+", "-"]);
const products = new Set(["*", "/", "%"]);

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(found: readonly Token[]) {
    this.#tokens = found;
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#peek().type !== "end") throw this.#unexpected();
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { type: "end", text: "<EOF>", at: 0 };
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.type === "operator" && token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#position++;
    return true;
  }

  #need(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(text);
  }

  #unexpected(wanted?: string): CelSyntaxError {
    const { text, at } = this.#peek();
    const expecting = wanted === undefined ? "" : ` expecting ${/^[A-Z{]./.test(wanted) ? wanted : `'${wanted}'`}`;
    return new CelSyntaxError(`Syntax error: mismatched input '${text}'${expecting}`, at);
  }

  #expression(): Expression {
    if (++this.#depth > deepest) throw new CelSyntaxError("expression recursion limit exceeded", this.#peek().at);
    const condition = this.#or();
    const { at } = this.#peek();
    let result = condition;
    if (this.#take("?")) {
      const whenTrue = this.#or();
      this.#need(":");
      result = { kind: "call", name: "_?_:_", args: [condition, whenTrue, this.#expression()], at };
    }
    this.#depth--;
    return result;
  }

  #or(): Expression {
    return this.#chain(new Set(["||"]), () => this.#and());
  }

  #and(): Expression {
    return this.#chain(new Set(["&&"]), () => this.#relation());
  }

  #relation(): Expression {
    return this.#chain(relations, () => this.#sum());
  }

  #sum(): Expression {
    return this.#chain(sums, () => this.#chain(products, () => this.#unary()));
  }

  #chain(operators: ReadonlySet<string>, next: () => Expression): Expression {
    let left = next();
    for (let token = this.#peek(); token.type === "operator" && operators.has(token.text); token = this.#peek()) {
      this.#position++;
      const name = token.text === "in" ? "@in" : `_${token.text}_`;
      left = { kind: "call", name, args: [left, next()], at: token.at };
    }
    return left;
  }

  #unary(): Expression {
    const { at } = this.#peek();
    if (this.#take("!")) return { kind: "call", name: "!_", args: [this.#deeper()], at };
    if (this.#take("-")) {
      const operand = this.#deeper();
      if (operand.kind === "literal" && operand.at === at + 1) {
        if (typeof operand.value === "bigint") return { ...operand, value: -operand.value, at };
        if (typeof operand.value === "number") return { ...operand, value: -operand.value, at };
      }
      return { kind: "call", name: "-_", args: [operand], at };
    }
    return this.#member();
  }

  #deeper(): Expression {
    if (++this.#depth > deepest) throw new CelSyntaxError("expression recursion limit exceeded", this.#peek().at);
    const operand = this.#unary();
    this.#depth--;
    return operand;
  }

  #member(): Expression {
    let target = this.#primary();
    for (;;) {
      const { at } = this.#peek();
      if (this.#take(".?")) {
        target = { kind: "select", target, field: this.#name(), test: false, optional: true, at };
      } else if (this.#take(".")) {
        const name = this.#name();
        target = this.#is("(")
          ? this.#call({ name, target })
          : { kind: "select", target, field: name, test: false, optional: false, at };
      } else if (this.#take("[?")) {
        target = { kind: "call", name: "_[?_]", args: [target, this.#expression()], at };
        this.#need("]");
      } else if (this.#take("[")) {
        target = { kind: "call", name: "_[_]", args: [target, this.#expression()], at };
        this.#need("]");
      } else return target;
    }
  }

  #name(): string {
    const token = this.#peek();
    if (token.type !== "identifier") throw this.#unexpected("IDENTIFIER");
    this.#position++;
    return token.text;
  }

  /** Stands on the opening parenthesis, which is the place that messages point at. */
  #call({ name, target }: { name: string; target?: Expression }): Expression {
    const { at } = this.#peek();
    this.#need("(");
    const args: Expression[] = [];
    while (!this.#take(")")) {
      args.push(this.#expression());
      if (!this.#is(")")) this.#need(",");
    }
    return expandMacro({ name, target, args, at }) ?? { kind: "call", name, target, args, at };
  }

  #primary(): Expression {
    const token = this.#peek();
    const { at } = token;
    if (token.type === "literal" && token.value !== undefined) {
      this.#position++;
      return { kind: "literal", value: token.value, at };
    }
    if (this.#take("(")) {
      const inner = this.#expression();
      this.#need(")");
      return inner;
    }
    if (this.#is("[") || this.#is("[?")) return this.#list(at);
    if (this.#take("{")) return this.#map(at);
    this.#take(".");
    if (this.#peek().type !== "identifier") throw this.#unexpected(beginnings);
    const name = this.#name();
    return this.#is("(") ? this.#call({ name }) : { kind: "identifier", name, at };
  }

  #list(at: number): Expression {
    const items: ListItem[] = [];
    let optional = this.#take("[?");
    if (!optional) this.#need("[");
    while (!this.#take("]")) {
      optional ||= this.#take("?");
      items.push({ value: this.#expression(), optional });
      optional = false;
      if (!this.#is("]")) this.#need(",");
    }
    return { kind: "list", items, at };
  }

  #map(at: number): Expression {
    const entries: MapEntry[] = [];
    while (!this.#take("}")) {
      const optional = this.#take("?");
      const key = this.#expression();
      this.#need(":");
      entries.push({ key, value: this.#expression(), optional });
      if (!this.#is("}")) this.#need(",");
    }
    return { kind: "map", entries, at };
  }
}
