/** The four patch types and field ownership. Pure functions on plain JSON. */
export {
  type ApplyOutcome,
  type ApplyRequest,
  applyServerSide,
  keepUnchangedTimes,
  type ManagedWrite,
  type UpdateRequest,
  updateManagedFields,
} from "./apply/index.ts";
export { goPrint } from "./go-print.ts";
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { PatchError } from "./patch-error.ts";
export { applyStrategicMergePatch } from "./strategic-merge-patch.ts";
