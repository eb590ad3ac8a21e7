/** Log lines: JSON on stdout by pino. Messages are constant, values go in fields. */
import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Who logs, what, and whereto. */
export interface LoggerOptions {
  /** The program, such as `operator`: the field `name` of every line. */
  readonly name: string;
  /** Default `$KEELSON_LOG_LEVEL`, else info. */
  readonly level?: string | undefined;
  /** Default stdout. */
  readonly destination?: { write(line: string): void } | undefined;
  /** Fields of every line. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** Fields that are taken out wherever somebody logs a whole object. */
const secretFields = ["password", "token", "authorization", "stringData", "*.password", "*.token", "*.authorization"];

/** A logger whose lines are written before the call returns. Throws when the level is none of pino's. */
export function createLogger(options: LoggerOptions): Logger {
  const { name, level = process.env["KEELSON_LOG_LEVEL"] ?? "info", destination, fields } = options;
  return pino(
    {
      level,
      base: { name, ...fields },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFields, censor: "***" },
    },
    // Synchronous: a crash loses no line.
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

/** Says nothing; the default where a logger is optional. */
export const silentLogger: Logger = pino({ level: "silent" }, { write: () => undefined });
