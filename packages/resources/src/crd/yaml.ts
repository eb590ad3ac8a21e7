/** Objects as the YAML that is committed and applied. */
import { stringify } from "yaml";

/** One document for each object. */
export function manifestYaml(objects: readonly object[]): string {
  // Shared schemas would become YAML anchors, which kubectl reads but people and diffs do not like.
  const options = { aliasDuplicateObjects: false, indentSeq: false, lineWidth: 120 };
  return objects.map((object) => stringify(object, options)).join("---\n");
}
