/** Types and schemas of the REST API. The portal and the CLI import types from here and nothing that runs. */
export * from "./problem.ts";
export * from "./requests.ts";
export * from "./views.ts";
