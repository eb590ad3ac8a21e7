/** Field selectors: `metadata.name=a,status.phase!=Running`. Which fields there are depends on the resource. */
import { badRequest } from "../errors.ts";

interface Requirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

export type FieldValues = Readonly<Record<string, string>>;

export class FieldSelector {
  static readonly everything = new FieldSelector([]);
  readonly #requirements: readonly Requirement[];

  constructor(requirements: readonly Requirement[]) {
    this.#requirements = requirements;
  }

  /** Lets through what has this value in this field. */
  static exactly(field: string, value: string): FieldSelector {
    return new FieldSelector([{ field, equal: true, value }]);
  }

  get isEverything(): boolean {
    return this.#requirements.length === 0;
  }

  /** The name that every match must have, when the selector asks for one. */
  get exactName(): string | undefined {
    return this.#requirements.find((r) => r.field === "metadata.name" && r.equal)?.value;
  }

  matches(values: FieldValues): boolean {
    return this.#requirements.every(({ field, equal, value }) => ((values[field] ?? "") === value) === equal);
  }

  get fields(): readonly string[] {
    return this.#requirements.map((r) => r.field);
  }
}

/** Splits at `separator` where no backslash stands before it. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? "";
    if (c === "\\") {
      part += c + (text[i + 1] ?? "");
      i++;
    } else if (c === separator) {
      parts.push(part);
      part = "";
    } else part += c;
  }
  parts.push(part);
  return parts;
}

const unescaped = (text: string): string => text.replace(/\\([\\,=])/g, "$1");

/** Parses the `fieldSelector` parameter and checks that the resource has the fields it names. */
export function parseFieldSelector(
  text: string | undefined,
  unknownProblem: (field: string) => string | undefined,
): FieldSelector {
  if (text === undefined || text === "") return FieldSelector.everything;
  const requirements: Requirement[] = [];
  for (const term of splitUnescaped(text, ",")) {
    if (term === "") continue;
    const match = /^((?:[^\\=!]|\\.)+?)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = "", operator, value = ""] = match;
    const problem = unknownProblem(field);
    if (problem !== undefined) throw badRequest(problem);
    requirements.push({ field, equal: operator !== "!=", value: unescaped(value) });
  }
  return new FieldSelector(requirements);
}
