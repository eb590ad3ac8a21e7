/** Connection strings that may be seen over a shoulder. Pure. */

/** The same URI with dots for the password, whether it has one or not. */
export const maskedUri = (uri: string): string => uri.replace(/^(\w+:\/\/[^:@/]*)(?::[^@/]*)?@/, "$1:••••••••@");
