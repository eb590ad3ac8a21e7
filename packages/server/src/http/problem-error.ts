/** An error that is meant for the caller: thrown anywhere in a request, answered as an RFC 9457 problem. */
import { type Problem, type ProblemCode, problemCatalogue } from "../api/problem.ts";

export interface ProblemExtras {
  /** JSON pointer of the field, or the name of a header or parameter. */
  readonly field?: string;
  readonly value?: unknown;
  readonly remedy?: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail, { cause: extras.cause });
    this.name = "ProblemError";
    this.code = code;
    this.extras = extras;
  }

  /** The problem on the wire; `instance` names the request in the server's log. */
  toProblem(instance: string): Problem {
    const { status, title } = problemCatalogue[this.code];
    const { field, value, remedy } = this.extras;
    return {
      type: `urn:keelson:problem:${this.code}`,
      title,
      status,
      detail: this.message,
      instance,
      ...(field === undefined ? {} : { field }),
      ...(value === undefined ? {} : { value }),
      ...(remedy === undefined ? {} : { remedy }),
    };
  }
}
