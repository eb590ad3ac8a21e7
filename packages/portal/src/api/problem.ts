/** What the API refused, in words. */
import type { Problem } from "@keelson/server/api";

export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ApiProblem";
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Whether the server itself still waits, for Kubernetes: what is asked for will be there without anybody's doing. */
  get isWaiting(): boolean {
    return this.problem.type === "urn:keelson:problem:NotReady";
  }
}
