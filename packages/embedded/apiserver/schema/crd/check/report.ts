import type { FieldError, FieldErrorType } from "../../field-error.ts";

/** Collects what is wrong with a CRD. */
export class Report {
  readonly errors: FieldError[] = [];

  required(field: string, detail = ""): void {
    this.errors.push({ type: "FieldValueRequired", field, detail });
  }

  invalid(field: string, badValue: unknown, detail: string): void {
    this.errors.push({ type: "FieldValueInvalid", field, badValue, detail });
  }

  forbidden(field: string, detail: string): void {
    this.errors.push({ type: "FieldValueForbidden", field, detail });
  }

  notSupported(field: string, badValue: unknown, supported: readonly string[]): void {
    const detail = `supported values: ${supported.map((value) => JSON.stringify(value)).join(", ")}`;
    this.errors.push({ type: "FieldValueNotSupported", field, badValue, detail });
  }

  add(type: FieldErrorType, field: string, parts: { badValue?: unknown; detail?: string }): void {
    this.errors.push({ type, field, badValue: parts.badValue, detail: parts.detail ?? "" });
  }
}
