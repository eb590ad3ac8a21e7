/** Conditions in a status: what is true now, since when, and why. */
import type { Static } from "typebox";
import { field, int64, object, oneOf, required, string, time } from "../schema/builders.ts";

const QUALIFIED =
  "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";

export const condition = object({
  lastTransitionTime: required(time(), "When the status of this condition last changed."),
  message: required(string({ maxLength: 32768 }), "A sentence for people: what is so, and what can be done about it."),
  observedGeneration: field(int64({ minimum: 0 }), "The metadata.generation that this condition was set for."),
  reason: required(
    string({ minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" }),
    "Why the condition has this status, as one stable CamelCase word.",
  ),
  status: required(oneOf(["True", "False", "Unknown"]), "Whether the condition holds."),
  type: required(string({ maxLength: 316, pattern: QUALIFIED }), "What the condition is about, in CamelCase."),
});
export interface Condition extends Static<typeof condition> {}
