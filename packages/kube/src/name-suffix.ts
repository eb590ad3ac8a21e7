/** Endings that tell generated names apart. */

/** Letters without vowels and digits that look like no letter: no word comes out by chance. Source: k8s.io/apimachinery rand. */
export const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** One character for each byte: of random bytes a random ending, of a hash one that a retry after a crash finds again. */
export function nameSuffix(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => SUFFIX_ALPHABET.charAt(byte % SUFFIX_ALPHABET.length)).join("");
}
