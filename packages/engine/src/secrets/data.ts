/** Content of Secrets: texts here, base64 on the wire. */

/** Texts of a Secret's `data`, decoded as UTF-8. Keys without a value are left out. */
export function secretTexts(data: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** The opposite: `data` of a Secret for texts. Keys are sorted, so that the same texts give the same object. */
export function secretData(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]),
  );
}
