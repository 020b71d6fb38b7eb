// Logging as a port: one JSON object a line, secrets redacted, disabled levels free.

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  /** Guard for fields that cost something to build. */
  readonly debugEnabled: boolean;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same logger with fields on every line. */
  with(fields: LogFields): Logger;
}

/** Says nothing: for tests and one-off commands. */
export const silentLogger: Logger = {
  debugEnabled: false,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};
