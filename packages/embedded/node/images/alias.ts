/** Which image stands in for which: the table images/aliases.yaml. */

import { readFileSync } from "node:fs";
import { parse } from "yaml";

export interface Alias {
  readonly match: string;
  readonly image: string;
}

/** Reads the table. */
export function loadAliases(file: string): readonly Alias[] {
  return (parse(readFileSync(file, "utf8")) as { aliases: Alias[] }).aliases;
}

/** The image that the first matching line names, or undefined. */
export function standIn(reference: string, aliases: readonly Alias[]): string | undefined {
  const name = comparable(reference);
  return aliases.find((alias) => globToRegExp(alias.match).test(name))?.image;
}

/** The digest that a reference is pinned to. */
export function digestOf(reference: string): string | undefined {
  return /@(sha256:[0-9a-f]+)$/.exec(reference)?.[1];
}

/** A reference as the table writes it: without docker.io/, library/ and digest, with a tag. */
export function comparable(reference: string): string {
  const withoutDigest = reference.replace(/@sha256:[0-9a-f]+$/, "");
  const short = withoutDigest.replace(/^(?:index\.)?docker\.io\//, "").replace(/^library\//, "");
  return /:[^/]+$/.test(short) ? short : `${short}:latest`;
}

function globToRegExp(glob: string): RegExp {
  const pattern = glob.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    return part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${pattern.join("")}$`);
}
