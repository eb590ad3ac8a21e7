import { createInterface } from "node:readline/promises";
import { Failure } from "./failure.ts";

/** Where the person is asked and answers. */
interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Lets the person confirm something that cannot be undone by typing `word`. Throws a Failure when another answer comes, or none. */
export async function confirm(
  question: string,
  word: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (input.isTTY !== true)
    throw new Failure(`this asks for a confirmation and there is no terminal: add --yes if you are sure.`);
  const terminal = createInterface({ input, output });
  try {
    // Ctrl-C and Ctrl-D are answers too.
    const answer = await terminal.question(`${question}\nType '${word}' to go on: `).catch(() => undefined);
    if (answer?.trim() !== word) throw new Failure("nothing was changed.");
  } finally {
    terminal.close();
  }
}
