/** Names from `generateName`: a random suffix of letters and digits that cannot make words. */
import { randomInt } from "node:crypto";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const suffixLength = 5;
const maxNameLength = 63;

export function generateName(base: string): string {
  let suffix = "";
  for (let i = 0; i < suffixLength; i++) suffix += alphabet[randomInt(alphabet.length)] ?? "";
  return base.slice(0, maxNameLength - suffixLength) + suffix;
}
