/** Label selectors: the query syntax (`a=b,c in (d,e),!f`) and the object syntax (`matchLabels`, `matchExpressions`). */
import { badRequest } from "../errors.ts";
import { labelNameProblem, labelValueProblem } from "../validation/names.ts";

type Operator = "in" | "notin" | "exists" | "missing" | "gt" | "lt";

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>> | undefined;

/** A parsed selector; the empty one matches everything. */
export class LabelSelector {
  static readonly everything = new LabelSelector([]);
  static readonly nothing = new LabelSelector(undefined);

  readonly #requirements: readonly Requirement[] | undefined;

  constructor(requirements: readonly Requirement[] | undefined) {
    this.#requirements = requirements;
  }

  get isEverything(): boolean {
    return this.#requirements?.length === 0;
  }

  matches(labels: Labels): boolean {
    return this.#requirements?.every((requirement) => meets(labels, requirement)) ?? false;
  }
}

function meets(labels: Labels, { key, operator, values }: Requirement): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "in":
      return value !== undefined && values.includes(value);
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "missing":
      return value === undefined;
    case "gt":
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case "lt":
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
  }
}

const token = /\s*(?:(==|!=|=|!|\(|\)|,|>|<)|([^\s=!(),<>]+)|$)/y;

/** Splits a selector into its words and signs; "" at the end. */
function* tokens(text: string): Generator<string> {
  token.lastIndex = 0;
  const scanner = new RegExp(token.source, "y");
  while (scanner.lastIndex < text.length) {
    const match = scanner.exec(text);
    if (match === null) break;
    const found = match[1] ?? match[2];
    if (found !== undefined) yield found;
    if (match[0] === "") break;
  }
}

const signs = new Set(["=", "==", "!=", "!", "(", ")", ",", ">", "<"]);

class SelectorParser {
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = [...tokens(text)];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    while (this.#at < this.#tokens.length) {
      requirements.push(this.#requirement());
      const next = this.#next();
      if (next === undefined) break;
      if (next !== ",") throw this.#fail(`found '${next}', expected: ',' or 'end of string'`);
      if (this.#peek() === ",") throw badRequest("found ',', expected: identifier after ','");
      if (this.#at === this.#tokens.length) throw badRequest("found '', expected: identifier after ','");
    }
    return requirements;
  }

  #requirement(): Requirement {
    if (this.#peek() === "!") {
      this.#next();
      return { key: this.#key(), operator: "missing", values: [] };
    }
    const key = this.#key();
    const sign = this.#peek();
    if (sign === undefined || sign === ",") return { key, operator: "exists", values: [] };
    this.#next();
    switch (sign) {
      case "=":
      case "==":
        return { key, operator: "in", values: [this.#exactValue()] };
      case "!=":
        return { key, operator: "notin", values: [this.#exactValue()] };
      case "in":
        return { key, operator: "in", values: this.#valueList() };
      case "notin":
        return { key, operator: "notin", values: this.#valueList() };
      case ">":
        return { key, operator: "gt", values: [this.#integer(key)] };
      case "<":
        return { key, operator: "lt", values: [this.#integer(key)] };
      default:
        throw this.#fail(`found '${sign}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #key(): string {
    const key = this.#next();
    if (key === undefined || signs.has(key))
      throw this.#fail(`found '${key ?? ""}', expected: !, identifier, or 'end of string'`);
    const problem = labelNameProblem(key);
    if (problem !== undefined) throw this.#fail(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    return key;
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next === undefined || next === ",") return "";
    this.#next();
    if (signs.has(next)) throw this.#fail(`found '${next}', expected: identifier`);
    return this.#checked(next);
  }

  #valueList(): string[] {
    if (this.#next() !== "(") throw this.#fail("found '', expected: '('");
    const values: string[] = [];
    for (;;) {
      const next = this.#next();
      if (next === undefined) throw this.#fail("found '', expected: ',', or ')'");
      if (next === ")") return values.length === 0 ? [""] : values;
      if (next === ",") continue;
      values.push(this.#checked(next));
    }
  }

  #integer(key: string): string {
    const value = this.#exactValue();
    if (!/^-?\d+$/.test(value)) {
      throw this.#fail(
        `${key}: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    return value;
  }

  #checked(value: string): string {
    const problem = labelValueProblem(value);
    if (problem !== undefined)
      throw this.#fail(`values[0][${value}]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
    return value;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string | undefined {
    return this.#tokens[this.#at++];
  }

  #fail(why: string): Error {
    return badRequest(`unable to parse requirement: ${why}`);
  }
}

/** Parses the `labelSelector` parameter. Throws a 400 as Kubernetes words it. */
export function parseLabelSelector(text: string | undefined): LabelSelector {
  if (text === undefined || text.trim() === "") return LabelSelector.everything;
  return new LabelSelector(new SelectorParser(text).parse());
}

/** The object form, as in `spec.selector` of a Deployment. Absent selects nothing, empty selects everything. */
export interface SelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

const objectOperators: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "missing",
};

export function labelSelectorOf(selector: SelectorObject | undefined): LabelSelector {
  if (selector === undefined) return LabelSelector.nothing;
  const exact = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: "in", values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }): Requirement => ({
      key,
      operator: objectOperators[operator] ?? "exists",
      values: values ?? [],
    }),
  );
  return new LabelSelector([...exact, ...expressions]);
}

/** Writes the object form in the query syntax, for tables and `scale`'s status. */
export function formatLabelSelector(selector: SelectorObject | undefined): string {
  if (selector === undefined) return "";
  const parts = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(",")})`;
    if (operator === "In") parts.push(`${key} in ${list}`);
    else if (operator === "NotIn") parts.push(`${key} notin ${list}`);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(key);
  }
  return parts.join(",");
}
