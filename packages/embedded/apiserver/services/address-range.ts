/** The range of service addresses: IPv4 arithmetic on a CIDR. */

export class AddressRange {
  readonly cidr: string;
  readonly #first: number;
  readonly #size: number;

  constructor(cidr: string) {
    const [base = "", bits = ""] = cidr.split("/");
    const prefix = Number(bits);
    const start = toNumber(base);
    if (start === undefined || !Number.isInteger(prefix) || prefix < 8 || prefix > 30)
      throw new Error(`not an IPv4 range: ${cidr}`);
    this.cidr = cidr;
    this.#size = 2 ** (32 - prefix);
    this.#first = start - (start % this.#size);
  }

  /** The n-th address; 0 is the network's own. */
  at(n: number): string {
    return toText(this.#first + n);
  }

  contains(address: string): boolean {
    const value = toNumber(address);
    return value !== undefined && value > this.#first && value < this.#first + this.#size - 1;
  }

  /** Addresses to try for a service that asks for none: the upper part first, the lower one is for those that do ask. */
  *candidates(random: () => number): Generator<string> {
    const reserved = Math.min(Math.max(16, Math.floor(this.#size / 16)), 256);
    yield* this.#shuffled(reserved, this.#size - 1, random);
    yield* this.#shuffled(1, reserved, random);
  }

  *#shuffled(from: number, to: number, random: () => number): Generator<string> {
    const count = to - from;
    const start = Math.floor(random() * count);
    for (let i = 0; i < count; i++) yield this.at(from + ((start + i) % count));
  }
}

function toNumber(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((p) => !Number.isInteger(p) || p < 0 || p > 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
