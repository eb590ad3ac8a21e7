/**
 * `duplicate field "spec.foo"` for each field that a JSON text sets twice in one object: what `JSON.parse` cannot tell. The
 * text is taken to be valid JSON. Paths as in `spec.containers[0].name`; each path once.
 */
export function findDuplicateFields(json: string | Uint8Array): readonly string[] {
  const text = typeof json === "string" ? json : Buffer.from(json).toString("utf8");
  const scan = new Scan(text);
  scan.value("");
  return [...scan.found].map((path) => `duplicate field "${path}"`);
}

class Scan {
  readonly found = new Set<string>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Walks over one value and stands behind it. */
  value(path: string): void {
    this.#space();
    const start = this.#text[this.#at];
    if (start === "{") this.#object(path);
    else if (start === "[") this.#list(path);
    else if (start === '"') this.#string();
    else while (this.#at < this.#text.length && !",]} \n\r\t".includes(this.#text[this.#at] ?? "")) this.#at++;
  }

  #object(path: string): void {
    const fields = new Set<string>();
    this.#at++;
    for (this.#space(); this.#text[this.#at] === '"'; this.#space()) {
      const name = this.#string();
      const at = path === "" ? name : `${path}.${name}`;
      if (fields.has(name)) this.found.add(at);
      fields.add(name);
      this.#space();
      this.#at++; // the colon
      this.value(at);
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
    }
    this.#at++;
  }

  #list(path: string): void {
    this.#at++;
    this.#space();
    for (let index = 0; this.#at < this.#text.length && this.#text[this.#at] !== "]"; index++) {
      this.value(`${path}[${index}]`);
      this.#space();
      if (this.#text[this.#at] === ",") this.#at++;
      this.#space();
    }
    this.#at++;
  }

  /** Stands on the opening quote; returns the text between the quotes, unescaped. */
  #string(): string {
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) end = this.#text.length;
    } while (end < this.#text.length && this.#isEscaped(end));
    this.#at = end + 1;
    const inner = this.#text.slice(start + 1, end);
    return inner.includes("\\") ? String(JSON.parse(`"${inner}"`)) : inner;
  }

  #isEscaped(at: number): boolean {
    let slashes = 0;
    while (this.#text[at - 1 - slashes] === "\\") slashes++;
    return slashes % 2 === 1;
  }

  #space(): void {
    while (" \n\r\t".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }
}
