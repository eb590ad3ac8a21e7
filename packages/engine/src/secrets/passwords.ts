/** Passwords that are made for users. */
import { type RandomBytes, randomText } from "./random-text.ts";

const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * Alphabets of the contract (`users[].password.type`). The punctuation leaves out what shells, URIs and configuration files trip over:
 * quotes, backslash, `$`, `%`, `&`, `#`, `!`, `~`, backtick and blank.
 */
export const PASSWORD_ALPHABETS = {
  ASCII: `${LETTERS_AND_DIGITS}()*+,-./:;<=>?@[]^_{|}`,
  AlphaNumeric: LETTERS_AND_DIGITS,
} as const;

/** Which characters a generated password is made of, as in the contract. */
export type PasswordType = keyof typeof PASSWORD_ALPHABETS;

/** Characters of a password. 24 of 62 are 142 bits. */
export const PASSWORD_LENGTH = 24;

/** A random password of the contract's length. Each character has the same chance. */
export function generatePassword(type: PasswordType, random: RandomBytes): string {
  return randomText(PASSWORD_ALPHABETS[type], PASSWORD_LENGTH, random);
}
