/** The host's own network configuration, which the platform never changes. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Addresses, rules, routes and nftables of the host, without what counts or runs down by itself. */
export async function hostNetwork(): Promise<string> {
  const commands = ["ip -brief address", "ip rule", "ip route show table all", "nft --stateless list ruleset"];
  const outputs = commands.map(async (command) => {
    const [program = "", ...args] = command.split(" ");
    return (await run(program, args)).stdout.replaceAll(/ expires \d+sec/g, "");
  });
  return (await Promise.all(outputs)).join("\n");
}
