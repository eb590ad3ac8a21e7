import { CelSyntaxError, type Comprehension, type Expression } from "./ast.ts";

interface Call {
  readonly name: string;
  readonly target?: Expression | undefined;
  readonly args: readonly Expression[];
  readonly at: number;
}

interface Parts {
  /** Set: the macro has two variables. */
  readonly second?: string;
  readonly filter?: Expression | undefined;
  readonly body?: Expression | undefined;
}

const literalTrue = (at: number): Expression => ({ kind: "literal", value: true, at });

/** The node that a macro call stands for; undefined when the call is none. */
export function expandMacro({ name, target, args, at }: Call): Expression | undefined {
  if (name === "has" && target === undefined && args.length === 1) return expandHas(args[0], at);
  if (target === undefined) return undefined;
  const build = (macro: Comprehension["macro"], parts: Parts): Comprehension => {
    const variables = parts.second === undefined ? 1 : 2;
    const names = args.slice(0, variables).map((argument) => variableName(argument));
    return {
      kind: "comprehension",
      macro,
      range: target,
      first: names[0] ?? "",
      second: variables === 2 ? names[1] : undefined,
      filter: parts.filter,
      body: parts.body ?? literalTrue(at),
      at,
    };
  };
  const [first, second, third, fourth] = args;
  switch (`${name}/${args.length}`) {
    case "all/2":
    case "exists/2":
      return build(name === "all" ? "all" : "exists", { body: second });
    case "exists_one/2":
    case "existsOne/2":
      return build("existsOne", { body: second });
    case "map/2":
      return build("map", { body: second });
    case "map/3":
      return build("map", { filter: second, body: third });
    case "filter/2":
      return build("filter", { filter: second, body: first });
    case "all/3":
    case "exists/3":
      return build(name === "all" ? "all" : "exists", { second: "", body: third });
    case "existsOne/3":
      return build("existsOne", { second: "", body: third });
    case "transformList/3":
      return build("map", { second: "", body: third });
    case "transformList/4":
      return build("map", { second: "", filter: third, body: fourth });
    case "transformMap/3":
      return build("transformMap", { second: "", body: third });
    case "transformMap/4":
      return build("transformMap", { second: "", filter: third, body: fourth });
    case "transformMapEntry/3":
      return build("transformMapEntry", { second: "", body: third });
    case "transformMapEntry/4":
      return build("transformMapEntry", { second: "", filter: third, body: fourth });
    case "optMap/2":
      return build("optMap", { body: second });
    case "optFlatMap/2":
      return build("optFlatMap", { body: second });
    default:
      return undefined;
  }
}

function expandHas(argument: Expression | undefined, at: number): Expression {
  if (argument?.kind !== "select" || argument.optional) throw new CelSyntaxError("invalid argument to has() macro", at);
  return { ...argument, test: true };
}

function variableName(argument: Expression): string {
  if (argument.kind === "identifier") return argument.name;
  throw new CelSyntaxError("argument must be a simple name", argument.at);
}
