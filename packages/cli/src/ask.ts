import { createInterface } from "node:readline/promises";
import { Failure } from "./failure.ts";

/** Lets the person confirm something that cannot be undone by typing `word`. Throws a Failure when another answer comes. */
export async function confirm(question: string, word: string): Promise<void> {
  if (process.stdin.isTTY !== true)
    throw new Failure(`this asks for a confirmation and there is no terminal: add --yes if you are sure.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question}\nType '${word}' to go on: `);
    if (answer.trim() !== word) throw new Failure("nothing was changed.");
  } finally {
    terminal.close();
  }
}
