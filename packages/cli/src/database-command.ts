import { dataOption } from "./data-option.ts";

/** The line that does something with the same database of the same cluster, for hints. */
export function databaseCommand(
  verb: string,
  name: string,
  options: { readonly data: string; readonly namespace: string },
): string {
  const namespace = options.namespace === "default" ? "" : ` -n ${options.namespace}`;
  return `./keelson db ${verb} ${name}${namespace}${dataOption(options.data)}`;
}
