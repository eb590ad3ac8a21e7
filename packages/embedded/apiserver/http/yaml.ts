/** Answers in YAML: small ones only. */
import { notAcceptable } from "../errors.ts";

/** Turning JSON into YAML holds the event loop, about a second for each MiB. */
const maxYamlBytes = 2 * 1024 * 1024;

/** A JSON document as YAML; 406 when it is too big for that. */
export async function yamlOf(parts: Iterable<Buffer>): Promise<string> {
  const taken: Buffer[] = [];
  let size = 0;
  for (const part of parts) {
    size += part.length;
    if (size > maxYamlBytes) throw notAcceptable(["application/json"]);
    taken.push(part);
  }
  const { stringify } = await import("yaml");
  return stringify(JSON.parse(Buffer.concat(taken).toString()));
}
