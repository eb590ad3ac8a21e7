/** CustomResourceDefinitions: judged, defaulted, compiled. */
export { validateCrd } from "./check/index.ts";
export { compileCrd } from "./compile.ts";
export { defaultCrd } from "./default-crd.ts";
export type { CompiledCrd, CompiledVersion, CrdNames, ScalePaths, TableColumn } from "./types.ts";
