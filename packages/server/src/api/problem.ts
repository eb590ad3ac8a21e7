/** Errors on the wire: RFC 9457 problem details, with the field, the value and the remedy beside the sentence. */
import type { Static } from "typebox";
import { Type } from "./type.ts";

export const Problem = Type.Object(
  {
    type: Type.String({ description: "Stable identifier of the kind of problem: urn:keelson:problem:CODE." }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: "What was tried and what came back." }),
    instance: Type.Optional(Type.String({ description: "Identifier of the request, as in the server's log." })),
    field: Type.Optional(Type.String({ description: "JSON pointer of the field that is wrong." })),
    value: Type.Optional(Type.Unknown({ description: "What the field held." })),
    remedy: Type.Optional(Type.String({ description: "What can be done." })),
  },
  { $id: "Problem" },
);
export type Problem = Static<typeof Problem>;

/** Every kind of problem the API answers: code -> status and title. */
export const problemCatalogue = {
  InvalidRequest: { status: 400, title: "The request is not valid" },
  NotSignedIn: { status: 401, title: "Not signed in" },
  WrongPassword: { status: 401, title: "Wrong user name or password" },
  CsrfTokenMissing: { status: 403, title: "The request carries no valid CSRF token" },
  ForeignOrigin: { status: 403, title: "The request comes from another site" },
  NotAllowed: { status: 403, title: "Not allowed" },
  NotFound: { status: 404, title: "Not found" },
  MethodNotAllowed: { status: 405, title: "Method not allowed" },
  AlreadyExists: { status: 409, title: "The name is taken" },
  Conflict: { status: 409, title: "Not possible in the present state" },
  Changed: { status: 409, title: "Changed by somebody else meanwhile" },
  TooLarge: { status: 413, title: "The request is too large" },
  UnsupportedType: { status: 415, title: "The body has an unsupported type" },
  InvalidField: { status: 422, title: "A field has an unusable value" },
  IdempotencyKeyReused: { status: 422, title: "The idempotency key was used for another request" },
  TooManyAttempts: { status: 429, title: "Too many attempts" },
  TooManyStreams: { status: 429, title: "Too many open streams" },
  Internal: { status: 500, title: "The server failed" },
  KubernetesFailed: { status: 502, title: "Kubernetes could not do it" },
  NotReady: { status: 503, title: "Waiting for Kubernetes" },
  KubernetesUnavailable: { status: 503, title: "Kubernetes does not answer" },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof problemCatalogue;
