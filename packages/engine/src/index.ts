/** What the engines share. Pure where it can be: time, randomness and the API come in as arguments. */
export { boundedName, MAX_LABEL_LENGTH, shortHash } from "./names/bounded-name.ts";
export { type RandomBytes, randomSuffix, randomText } from "./names/suffix.ts";
export { type Credentials, resolveCredentials } from "./secrets/credentials.ts";
export { secretData, secretTexts } from "./secrets/data.ts";
export { generatePassword, PASSWORD_ALPHABETS, PASSWORD_LENGTH, type PasswordType } from "./secrets/passwords.ts";
export { isScramVerifier, SCRAM_ITERATIONS, scramVerifier, verifiesPassword } from "./secrets/scram.ts";
