/** Waits until `check` gives a value, trying again four times a second. A check that throws counts as not yet. */
export async function until<T>(what: string, limitMs: number, check: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + limitMs;
  let last = "it said nothing";
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms (last: ${last})`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
