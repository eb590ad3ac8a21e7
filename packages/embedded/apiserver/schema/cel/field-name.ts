/** How rules name fields that are no CEL identifiers: `foo-bar` is `foo__dash__bar`, `namespace` is `__namespace__`. */

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

const escapes: readonly (readonly [string, string])[] = [
  ["__", "__underscores__"],
  [".", "__dot__"],
  ["-", "__dash__"],
  ["/", "__slash__"],
];

/** Undefined when the name cannot be written in a rule. */
export function escapeField(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  if (reserved.has(name)) return `__${name}__`;
  return name.replace(/__|[./-]/g, (found) => escapes.find(([plain]) => plain === found)?.[1] ?? found);
}

export function unescapeField(escaped: string): string {
  if (!escaped.includes("__")) return escaped;
  const word = /^__(\w+)__$/.exec(escaped)?.[1];
  if (word !== undefined && reserved.has(word)) return word;
  return escaped.replace(
    /__(?:underscores|dot|dash|slash)__/g,
    (found) => escapes.find(([, code]) => code === found)?.[0] ?? found,
  );
}
