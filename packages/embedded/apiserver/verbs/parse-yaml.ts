/** YAML bodies. Reading YAML holds the event loop far longer than reading JSON: what is big has to be JSON. */
import { tooLarge } from "../errors.ts";

/** About two seconds' worth. kubectl and client libraries send JSON, also as `apply-patch+yaml`. */
const maxYamlBytes = 1024 * 1024;

/** The one document in `bytes`. Throws 413 when it is too big, and what the parser says when it is no YAML. */
export async function parseYaml(bytes: Buffer): Promise<unknown> {
  if (bytes.length > maxYamlBytes)
    throw tooLarge(`Request entity too large: limit of YAML is ${maxYamlBytes}, send it as JSON`);
  const { isScalar, parseDocument, visit } = await import("yaml");
  // The parser's own search for repeated keys takes time by the square of their number.
  const document = parseDocument(bytes.toString("utf8"), { uniqueKeys: false });
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) throw new Error(`key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
    },
  });
  return document.toJS();
}
