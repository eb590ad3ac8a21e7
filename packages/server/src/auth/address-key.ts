/** Which addresses count as one caller. */
import { isIPv6 } from "node:net";

/**
 * The key of an address: the whole loopback network is one caller, since every program of the machine may use any of it; a network of
 * 64 bits is one, since that is what one subscriber gets (RFC 6177).
 */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (/^127\./.test(plain) || plain === "::1") return "loopback";
  return isIPv6(plain) ? `${groups(plain).slice(0, 4).join(":")}::/64` : plain;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groups(address: string): string[] {
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").toLowerCase().split("::");
  const split = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, after] = [split(head), split(tail ?? "")];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ""));
}
