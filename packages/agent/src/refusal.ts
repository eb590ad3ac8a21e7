/** A reason for which the instance cannot start; its text reaches the user through the pod's termination message. */
export class Refusal extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
  }
}
