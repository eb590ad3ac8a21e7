/** JSON lines on stdout, with constant messages and values in fields. */
export function log(
  level: "debug" | "info" | "warn" | "error",
  msg: string,
  fields: Record<string, unknown> = {},
): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), name: "agent", msg, ...fields })}\n`);
}

/** The text of anything thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
