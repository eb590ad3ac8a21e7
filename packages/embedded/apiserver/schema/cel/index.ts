/** The Common Expression Language as Kubernetes has it in CRDs: types checked, cost bounded. */
import { CelSyntaxError } from "./ast.ts";
import { type Budget, BudgetError, type Code, Scope } from "./code.ts";
import { compileExpression } from "./compile.ts";
import { parse } from "./parse.ts";
import { type CelType, fits } from "./type.ts";
import { CelError, type Value } from "./value.ts";

export { CelSyntaxError } from "./ast.ts";
export { type Budget, BudgetError } from "./code.ts";
export { declaredResourceType, declaredType } from "./declare.ts";
export { fromJson } from "./from-json.ts";
export { bool, type CelType, optionalOf, string } from "./type.ts";
export { CelError, Optional, type Value } from "./value.ts";

export interface Program {
  /** Whether the text names this variable. */
  uses(variable: string): boolean;
  /** Throws CelError when the rule fails to run and BudgetError when it takes too many steps. */
  run(variables: ReadonlyMap<string, Value>, budget: Budget): Value;
}

/** Compiles a text whose result must be of type `wanted`. Throws CelSyntaxError with a text that shows the place. */
export function compile(source: string, variables: ReadonlyMap<string, CelType>, wanted: CelType): Program {
  let code: Code<Value>;
  const used = new Set<string>();
  try {
    const scope = new RecordingScope(variables, used);
    const compiled = compileExpression(parse(source), scope);
    if (
      compiled.type.kind !== wanted.kind &&
      !(compiled.type.kind === "dyn" && fits(compiled.type, wanted, new Map()))
    ) {
      throw new CelTypeError(`must evaluate to a ${wanted.kind}`);
    }
    code = compiled.code;
  } catch (error) {
    if (error instanceof CelSyntaxError) throw new CelSyntaxError(withPlace(error, source), error.at);
    throw error;
  }
  const names = [...variables.keys()];
  return {
    uses: (variable) => used.has(variable),
    run: (values, budget) => run(code, { slots: names.map((name) => values.get(name) ?? null), budget }),
  };
}

/** The result is of another type than was asked for. */
export class CelTypeError extends Error {
  override readonly name = "CelTypeError";
}

class RecordingScope extends Scope {
  readonly #used: Set<string>;

  constructor(variables: ReadonlyMap<string, CelType>, used: Set<string>) {
    super(variables);
    this.#used = used;
  }

  override find(name: string): ReturnType<Scope["find"]> {
    const found = super.find(name);
    if (found !== undefined) this.#used.add(name);
    return found;
  }
}

function run(code: Code<Value>, frame: { slots: Value[]; budget: Budget }): Value {
  try {
    return code(frame);
  } catch (error) {
    if (error instanceof CelError || error instanceof BudgetError) throw error;
    // A fault of a value nobody foresaw must not end the server.
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

/** The line with a mark under the place, as upstream prints it. */
function withPlace({ message, at }: CelSyntaxError, source: string): string {
  const before = source.slice(0, at).split("\n");
  const line = before.length;
  const column = before.at(-1)?.length ?? 0;
  const text = source.split("\n")[line - 1] ?? "";
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${".".repeat(column)}^`;
}
