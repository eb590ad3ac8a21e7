/**
 * Where to go after signing in: a path of this site, or undefined for whatever else the address bar names, so that nobody is sent
 * elsewhere. Browsers drop tabs and line ends from an address and take a backslash for a slash, so none of these may be in it.
 */
export function nextPath(value: unknown): string | undefined {
  return typeof value === "string" && /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(value) ? value : undefined;
}
