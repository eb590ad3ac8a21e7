import type { CelType } from "./type.ts";
import type { Value } from "./value.ts";

/** What a running expression sees: its variables, and how many steps it may still take. */
export interface Frame {
  readonly slots: Value[];
  readonly budget: Budget;
}

export interface Budget {
  steps: number;
}

export type Code<T> = (frame: Frame) => T;

export interface Compiled {
  readonly type: CelType;
  readonly code: Code<Value>;
}

/** A rule was too expensive. */
export class BudgetError extends Error {
  override readonly name = "BudgetError";
}

export function step(frame: Frame): void {
  if (--frame.budget.steps < 0) throw new BudgetError("operation cancelled: actual cost limit exceeded");
}

interface Variable {
  readonly slot: number;
  readonly type: CelType;
}

/** Names in sight, innermost first. */
export class Scope {
  readonly #variables: ReadonlyMap<string, Variable>;
  readonly #parent: Scope | undefined;
  /** The first slot that is free. */
  readonly next: number;

  constructor(variables: ReadonlyMap<string, CelType>, parent?: Scope) {
    const first = parent?.next ?? 0;
    this.#variables = new Map([...variables].map(([name, type], index) => [name, { slot: first + index, type }]));
    this.#parent = parent;
    this.next = first + variables.size;
  }

  find(name: string): Variable | undefined {
    return this.#variables.get(name) ?? this.#parent?.find(name);
  }
}
