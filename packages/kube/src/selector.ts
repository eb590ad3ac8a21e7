/** Label and field selectors: as text for the API server, and evaluated here. */
import type { KubeObject } from "./kind.ts";

type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent";
  readonly values: readonly string[];
}

/** Labels as `a=b,c=d`; text stays as it is. */
export function selectorText(selector: string | Labels | undefined): string | undefined {
  if (selector === undefined || typeof selector === "string") return selector === "" ? undefined : selector;
  return Object.entries(selector)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}

/** Whether labels satisfy a selector, given as text or as labels that must all be there. An empty selector takes all. */
export function matchesLabels(selector: string | Labels | undefined, labels: Labels | undefined): boolean {
  return labelMatcher(selector)(labels);
}

/** Like `matchesLabels`, with the selector parsed once. */
export function labelMatcher(selector: string | Labels | undefined): (labels: Labels | undefined) => boolean {
  const requirements = parseSelector(selectorText(selector) ?? "");
  return (labels = {}) => requirements.every((each) => satisfies(each, labels[each.key]));
}

/** Evaluates `metadata.name=a,status.phase!=Failed` on an object's own fields. */
export function fieldMatcher(selector: string | undefined): (object: KubeObject) => boolean {
  const terms = (selector ?? "")
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [, path = "", operator, value = ""] = /^(.*?)(!=|==?)(.*)$/.exec(term) ?? [];
      return { path: path.split("."), equal: operator !== "!=", value };
    });
  return (object) => terms.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal);
}

function fieldText(object: unknown, path: readonly string[]): string {
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return "";
    value = (value as Record<string, unknown>)[name];
  }
  return value === undefined || value === null ? "" : String(value);
}

function satisfies({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case "in":
      return value !== undefined && values.includes(value);
    case "notin":
      return value === undefined || !values.includes(value);
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
  }
}

function parseSelector(text: string): readonly Requirement[] {
  // Commas inside parentheses belong to a set.
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "")
    .map(parseRequirement);
}

function parseRequirement(term: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = "", operator, values = ""] = set;
    return {
      key,
      operator: operator === "in" ? "in" : "notin",
      values: values.split(",").map((value) => value.trim()),
    };
  }
  const equality = /^([^=!\s]+)\s*(!=|==?)\s*(.*)$/.exec(term);
  if (equality !== null) {
    const [, key = "", operator, value = ""] = equality;
    return { key, operator: operator === "!=" ? "notin" : "in", values: [value] };
  }
  if (term.startsWith("!")) return { key: term.slice(1).trim(), operator: "absent", values: [] };
  return { key: term, operator: "exists", values: [] };
}
