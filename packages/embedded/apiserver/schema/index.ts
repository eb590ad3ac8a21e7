/**
 * What the API server knows of types: built-in kinds, CRDs, validation, OpenAPI. Pure functions; the only reading is of
 * our own generated tables.
 */
export { type BuiltinSchemas, builtinSchemas } from "./builtin.ts";
export {
  type CompiledCrd,
  type CompiledVersion,
  type CrdNames,
  compileCrd,
  defaultCrd,
  type ScalePaths,
  type TableColumn,
  validateCrd,
} from "./crd/index.ts";
export { type Decoded, decodeBuiltin } from "./decode.ts";
export { findDuplicateFields } from "./duplicate-fields.ts";
export {
  type FieldError,
  type FieldErrorType,
  fieldErrorBody,
  fieldErrorMessage,
  fieldErrorsMessage,
  invalidMessage,
  type StatusCause,
  statusCause,
} from "./field-error.ts";
export { findUnknownFields, strictDecodingMessage } from "./field-validation.ts";
export { clone, equal, getField, getPath, isArray, isObject, type JsonObject, setField } from "./json.ts";
export { compileJsonPath, type JsonPath, JsonPathError } from "./json-path.ts";
export { normalizeMicroTime, normalizeTime } from "./micro-time.ts";
export { openApiV2, openApiV2Protobuf, openApiV3, openApiV3Index, type ServedResource } from "./openapi/index.ts";
export { canonicalQuantity, compareQuantities, formatQuantity, parseQuantity, type Quantity } from "./quantity.ts";
export type { GroupVersionKind, SchemaNode, ValidationRule, ValueValidation } from "./schema-node.ts";
