/** Columns of the built-in kinds. */
import type { Column } from "./column.ts";

export const builtinColumns: Readonly<Record<string, readonly Column[]>> = {};
