/**
 * Preparation of passwords before they are hashed (RFC 4013), as PostgreSQL and its drivers do it: a password that the rules refuse is
 * used as it is.
 */

const ASCII_ONLY = /^[\x20-\x7e]*$/;
/** RFC 3454, table C.1.2. */
const NON_ASCII_SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** RFC 3454, table B.1. */
const MAPPED_TO_NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
/** RFC 3454, tables C.2.1 to C.9: controls, private use, non-characters, signs that change how a line is shown, tags. */
const PROHIBITED = [
  /\p{Cc}|\p{Co}|\p{Cs}|\p{Noncharacter_Code_Point}/u,
  /\u0340|\u0341|\u06dd|\u070f|\u180e|\u200c|\u200d|\ufeff/u,
  /[\u200e\u200f\u2028-\u202e\u2060-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd]/u,
  /[\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u,
];
/** Characters written from right to left (bidirectional classes R and AL), near enough: the scripts that have them. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
const LEFT_TO_RIGHT =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

export function preparePassword(password: string): string {
  if (ASCII_ONLY.test(password)) return password;
  const prepared = password.replace(NON_ASCII_SPACE, " ").replace(MAPPED_TO_NOTHING, "").normalize("NFKC");
  return prepared === "" || PROHIBITED.some((table) => table.test(prepared)) || mixesDirections(prepared)
    ? password
    : prepared;
}

/** RFC 3454, section 6: right-to-left text must not be mixed, and must start and end the password. */
function mixesDirections(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return false;
  const characters = [...text];
  const [first = "", last = ""] = [characters[0], characters.at(-1)];
  return LEFT_TO_RIGHT.test(text) || !RIGHT_TO_LEFT.test(first) || !RIGHT_TO_LEFT.test(last);
}
