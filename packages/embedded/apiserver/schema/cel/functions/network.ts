import { BlockList, isIP } from "node:net";
import { fn, method, type Overload, predicate } from "../overload.ts";
import { bool, int, opaque, string } from "../type.ts";
import { CelError, Opaque } from "../value.ts";

const ip = opaque("net.IP");
const cidr = opaque("net.CIDR");

interface Address {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

interface Block {
  readonly address: Address;
  readonly prefix: number;
}

/** Undefined for what is no address; IPv4 in IPv6 and zones are none here. */
function parseAddress(text: string): Address | undefined {
  const family = text.includes("%") || /^::ffff:\d+\./i.test(text) || /(^|\.)0\d/.test(text) ? 0 : isIP(text);
  if (family === 4) return { family, bits: text.split(".").reduce((bits, part) => bits * 256n + BigInt(part), 0n) };
  if (family !== 6) return undefined;
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const pair = (x: string, y: string): string => (Number(x) * 256 + Number(y)).toString(16);
    return `${pair(a, b)}:${pair(c, d)}`;
  });
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return { family, bits: groups.reduce((bits, group) => bits * 65_536n + BigInt(`0x${group}`), 0n) };
}

function print({ family, bits }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 65_535n).toString(16));
  const runs = groups.join(":").match(/(?:^|(?<=:))0(?::0)+(?=:|$)/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return groups.join(":");
  const text = groups.join(":");
  const at = text.search(new RegExp(`(?:^|(?<=:))${longest}(?=:|$)`));
  return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
}

const wrap = (address: Address): Opaque => new Opaque("net.IP", address, print(address));
const addressOf = ({ value }: Opaque): Address => value as Address;
const blockOf = ({ value }: Opaque): Block => value as Block;

function readAddress(text: string): Opaque {
  const address = parseAddress(text);
  if (address === undefined)
    throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return wrap(address);
}

function parseBlock(text: string): Block | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  return Number(bits) <= width(parsed) ? { address: parsed, prefix: Number(bits) } : undefined;
}

const width = ({ family }: Address): number => (family === 4 ? 32 : 128);

function wrapBlock(block: Block): Opaque {
  return new Opaque("net.CIDR", block, `${print(block.address)}/${block.prefix}`);
}

function readBlock(text: string): Opaque {
  const block = parseBlock(text);
  if (block === undefined)
    throw new CelError(`network address parse error during conversion from string: ${JSON.stringify(text)}`);
  return wrapBlock(block);
}

function masked({ address, prefix }: Block): Address {
  const shift = BigInt(width(address) - prefix);
  return { ...address, bits: (address.bits >> shift) << shift };
}

function contains(block: Block, address: Address): boolean {
  if (block.address.family !== address.family) return false;
  return masked(block).bits === masked({ address, prefix: block.prefix }).bits;
}

function within(address: Address, ...blocks: readonly string[]): boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [net = "", bits = "0"] = block.split("/");
    list.addSubnet(net, Number(bits), net.includes(":") ? "ipv6" : "ipv4");
  }
  return list.check(print(address), address.family === 4 ? "ipv4" : "ipv6");
}

const kind = (name: string, test: (address: Address) => boolean): Overload =>
  predicate(name, [ip], (a: Opaque) => test(addressOf(a)));

const isLoopback = (a: Address): boolean => within(a, "127.0.0.0/8", "::1/128");
const isMulticast = (a: Address): boolean => within(a, "224.0.0.0/4", "ff00::/8");
const isLinkLocal = (a: Address): boolean => within(a, "169.254.0.0/16", "fe80::/10");
const isUnspecified = (a: Address): boolean => a.bits === 0n;
const isBroadcast = (a: Address): boolean => a.family === 4 && a.bits === 0xffffffffn;

export const network: readonly Overload[] = [
  fn("ip", [string], ip, readAddress),
  fn("isIP", [string], bool, (text: string) => parseAddress(text) !== undefined),
  fn("ip.isCanonical", [string], bool, (text: string) => readAddress(text).key === text),
  fn("string", [ip], string, (a: Opaque) => a.key),
  method("family", [ip], int, (a: Opaque) => BigInt(addressOf(a).family)),
  kind("isUnspecified", isUnspecified),
  kind("isLoopback", isLoopback),
  kind("isLinkLocalMulticast", (a) => within(a, "224.0.0.0/24", "ff02::/16")),
  kind("isLinkLocalUnicast", isLinkLocal),
  kind(
    "isGlobalUnicast",
    (a) => ![isLoopback, isMulticast, isLinkLocal, isUnspecified, isBroadcast].some((test) => test(a)),
  ),
  fn("cidr", [string], cidr, readBlock),
  fn("isCIDR", [string], bool, (text: string) => parseBlock(text) !== undefined),
  fn("string", [cidr], string, (a: Opaque) => a.key),
  predicate("containsIP", [cidr, ip], (a: Opaque, b: Opaque) => contains(blockOf(a), addressOf(b))),
  predicate("containsIP", [cidr, string], (a: Opaque, b: string) => contains(blockOf(a), addressOf(readAddress(b)))),
  predicate("containsCIDR", [cidr, cidr], (a: Opaque, b: Opaque) => containsBlock(blockOf(a), blockOf(b))),
  predicate("containsCIDR", [cidr, string], (a: Opaque, b: string) => containsBlock(blockOf(a), blockOf(readBlock(b)))),
  method("ip", [cidr], ip, (a: Opaque) => wrap(blockOf(a).address)),
  method("masked", [cidr], cidr, (a: Opaque) => wrapBlock({ ...blockOf(a), address: masked(blockOf(a)) })),
  method("prefixLength", [cidr], int, (a: Opaque) => BigInt(blockOf(a).prefix)),
];

function containsBlock(outer: Block, inner: Block): boolean {
  return outer.prefix <= inner.prefix && contains(outer, masked(inner));
}
