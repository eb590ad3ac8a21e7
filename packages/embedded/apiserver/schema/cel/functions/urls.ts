import { fn, method, type Overload } from "../overload.ts";
import { bool, listOf, mapOf, opaque, string } from "../type.ts";
import { ArrayList, CelError, EntryMap, Opaque } from "../value.ts";

const url = opaque("kubernetes.URL");

/** An absolute URL, or a path that begins with a slash. */
function parse(text: string): Opaque | undefined {
  const isPath = text.startsWith("/");
  if (!isPath && !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text)) return undefined;
  if (/[\s\x7f]/.test(text)) return undefined;
  try {
    const parsed = new URL(text, "path://none");
    return new Opaque("kubernetes.URL", { parsed, isPath, text }, text);
  } catch {
    return undefined;
  }
}

interface Parsed {
  readonly parsed: URL;
  readonly isPath: boolean;
  readonly text: string;
}

const of = ({ value }: Opaque): Parsed => value as Parsed;

/** Host and port as they were written: URL would leave out a scheme's usual port. */
function authority({ text, isPath }: Parsed): string {
  if (isPath) return "";
  const written = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  return written.slice(written.lastIndexOf("@") + 1);
}

function query({ parsed }: Parsed): EntryMap {
  const map = new EntryMap();
  for (const key of new Set(parsed.searchParams.keys())) map.add(key, new ArrayList(parsed.searchParams.getAll(key)));
  return map;
}

export const urls: readonly Overload[] = [
  fn("url", [string], url, (text: string) => {
    const found = parse(text);
    if (found === undefined)
      throw new CelError(
        `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
      );
    return found;
  }),
  fn("isURL", [string], bool, (text: string) => parse(text) !== undefined),
  method("getScheme", [url], string, (a: Opaque) => (of(a).isPath ? "" : of(a).parsed.protocol.replace(/:$/, ""))),
  method("getHost", [url], string, (a: Opaque) => authority(of(a))),
  method("getHostname", [url], string, (a: Opaque) =>
    authority(of(a))
      .replace(/:\d*$/, "")
      .replace(/^\[(.*)\]$/, "$1"),
  ),
  method("getPort", [url], string, (a: Opaque) => /:(\d*)$/.exec(authority(of(a)))?.[1] ?? ""),
  method("getEscapedPath", [url], string, (a: Opaque) => {
    const path = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]*$/.test(of(a).text) ? "" : of(a).parsed.pathname;
    return path;
  }),
  method("getQuery", [url], mapOf(string, listOf(string)), (a: Opaque) => query(of(a))),
];
