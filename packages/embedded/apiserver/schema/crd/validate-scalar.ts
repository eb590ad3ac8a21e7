import type { FieldError } from "../field-error.ts";
import type { SchemaNode } from "../schema-node.ts";
import { formatCheck } from "./formats.ts";
import { compileExpression } from "./regular-expression.ts";

export type Report = (error: FieldError) => void;

interface ScalarPlace {
  readonly path: string;
  readonly report: Report;
}

export function checkString(value: string, { format, validation }: SchemaNode, { path, report }: ScalarPlace): void {
  const { minLength, maxLength, pattern } = validation ?? {};
  if (maxLength !== undefined && characters(value, maxLength) > maxLength) {
    report({ type: "FieldValueTooLong", field: path, detail: `may not be more than ${maxLength} bytes` });
  }
  if (minLength !== undefined && value.length < 2 * minLength && characters(value, minLength) < minLength) {
    report(invalid(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined) checkPattern(value, pattern, { path, report });
  if (format !== undefined && formatCheck(format)?.(value) === false) {
    const detail = `${path} in body must be of type ${format}: ${JSON.stringify(value)}`;
    report({ type: "FieldValueTypeInvalid", field: path, badValue: value, detail });
  }
}

function checkPattern(value: string, pattern: string, { path, report }: ScalarPlace): void {
  try {
    if (!compileExpression(pattern).test(value))
      report(invalid(path, value, `${path} in body should match '${pattern}'`));
  } catch (error) {
    const why = `${pattern}, but pattern is invalid: ${error instanceof Error ? error.message : String(error)}`;
    report(invalid(path, value, `${path} in body should match '${why}'`));
  }
}

/** Length in code points; counted only when UTF-16 units leave a doubt. */
function characters(value: string, limit: number): number {
  return value.length <= limit && value.length < 2 * limit ? value.length - surrogatePairs(value) : [...value].length;
}

function surrogatePairs(value: string): number {
  return /[\ud800-\udbff]/.test(value) ? value.length - [...value].length : 0;
}

export function checkNumber(value: number, { validation }: SchemaNode, { path, report }: ScalarPlace): void {
  if (validation === undefined) return;
  const { minimum, maximum, multipleOf, exclusiveMinimum, exclusiveMaximum } = validation;
  if (multipleOf !== undefined) checkMultiple(value, multipleOf, { path, report });
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum)) {
    const limit = exclusiveMaximum === true ? "less than" : "less than or equal to";
    report(invalid(path, value, `${path} in body should be ${limit} ${maximum}`));
  }
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum)) {
    const limit = exclusiveMinimum === true ? "greater than" : "greater than or equal to";
    report(invalid(path, value, `${path} in body should be ${limit} ${minimum}`));
  }
}

/** Whole numbers are compared with the whole part of the factor: so kube-apiserver does it. */
function checkMultiple(value: number, multipleOf: number, { path, report }: ScalarPlace): void {
  const factor = Number.isInteger(value) ? Math.trunc(multipleOf) : multipleOf;
  if (factor <= 0) {
    report(invalid(path, factor, `factor MultipleOf declared for ${path} must be positive: ${factor}`));
    return;
  }
  const quotient = factor < 1 ? (1 / factor) * value : value / factor;
  const isMultiple = Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
  if (!isMultiple) report(invalid(path, value, `${path} in body should be a multiple of ${multipleOf}`));
}

function invalid(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, badValue, detail };
}
