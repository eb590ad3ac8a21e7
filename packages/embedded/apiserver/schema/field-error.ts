/**
 * Validation errors with the words of Kubernetes (`spec.replicas: Invalid value: -1: ...`), and the Status that a list of
 * them becomes.
 */

/** The type's text is the reason that a Status carries in `details.causes[].reason`. */
export type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueTypeInvalid"
  | "InternalError";

export interface FieldError {
  readonly type: FieldErrorType;
  /** Path such as `spec.containers[0].name`; empty for the object itself. */
  readonly field: string;
  /** The value as it came; printed as JSON. Undefined: not printed. */
  readonly badValue?: unknown;
  readonly detail: string;
}

export interface StatusCause {
  readonly reason: FieldErrorType;
  readonly message: string;
  readonly field: string;
}

const titles: Record<FieldErrorType, string> = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
  InternalError: "Internal error",
};

/** The whole sentence with the field in front. */
export function fieldErrorMessage(error: FieldError): string {
  return `${error.field === "" ? "<nil>" : error.field}: ${fieldErrorBody(error)}`;
}

/** The sentence without the field, as `details.causes[].message` has it. */
export function fieldErrorBody(error: FieldError): string {
  const title = titles[error.type];
  const value = printsValue(error.type) && error.badValue !== undefined ? `: ${printValue(error.badValue)}` : "";
  return error.detail === "" ? `${title}${value}` : `${title}${value}: ${error.detail}`;
}

export function statusCause(error: FieldError): StatusCause {
  return { reason: error.type, message: fieldErrorBody(error), field: error.field === "" ? "<nil>" : error.field };
}

/** Several errors as one sentence: alone as it is, more in brackets; duplicates once. */
export function fieldErrorsMessage(errors: readonly FieldError[]): string {
  const messages = [...new Set(errors.map(fieldErrorMessage))];
  return messages.length === 1 ? (messages[0] ?? "") : `[${messages.join(", ")}]`;
}

/** Message of the 422 answer: `Deployment.apps "web" is invalid: spec.replicas: Invalid value: ...`. */
export function invalidMessage(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): string {
  const qualified = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const head = `${qualified} ${JSON.stringify(name)} is invalid`;
  return errors.length === 0 ? head : `${head}: ${fieldErrorsMessage(errors)}`;
}

function printsValue(type: FieldErrorType): boolean {
  return !["FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong", "InternalError"].includes(type);
}

function printValue(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : JSON.stringify(value);
}
