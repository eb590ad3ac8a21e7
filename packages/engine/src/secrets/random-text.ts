/** Texts of random characters. */

/** Source of random bytes, so that callers and tests decide where they come from. `crypto.randomBytes` fits. */
export type RandomBytes = (size: number) => Uint8Array;

/** A text of `length` characters, each with the same chance. Bytes above the last whole multiple of the alphabet are thrown away. */
export function randomText(alphabet: string, length: number, random: RandomBytes): string {
  const limit = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of random(length - text.length)) {
      if (byte < limit) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
