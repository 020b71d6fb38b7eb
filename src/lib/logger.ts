// Logging as a port: one JSON object a line, secrets redacted, disabled levels free.
import { Writable } from 'node:stream';
import winston from 'winston';
import { printable, redactFields, redactText } from './redact.ts';

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

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'json' | 'text';

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line with its line feed. Standard error unless given: standard output is for what a command prints. */
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

const nothing = (): void => undefined;
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Says nothing: for tests and one-off commands. */
export const silentLogger: Logger = {
  debugEnabled: false,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  with: () => silentLogger,
};

/** What is below the level costs a call of an empty function: winston's own check is a thousand times dearer. */
export function createLogger({
  level,
  format,
  write = toStandardError,
  now = () => new Date(),
}: LoggerOptions): Logger {
  const sink = winston.createLogger({
    level,
    format: winston.format.printf(format === 'json' ? jsonLine : textLine),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its classes as variables
    transports: [new winston.transports.Stream({ stream: streamOf(write), eol: '\n' })],
  });
  const log = (at: LogLevel, message: string, fields: LogFields): void => {
    sink.log({ level: at, message: redactText(message), time: now().toISOString(), fields: redactFields(fields) });
  };
  return boundTo({}, { log, level });
}

interface Sink {
  readonly log: (level: LogLevel, message: string, fields: LogFields) => void;
  readonly level: LogLevel;
}

function boundTo(bound: LogFields, sink: Sink): Logger {
  const isEnabled = (level: LogLevel): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(sink.level);
  const at = (level: LogLevel): Logger[LogLevel] =>
    isEnabled(level) ? (message, fields) => sink.log(level, message, { ...bound, ...fields }) : nothing;
  return {
    debugEnabled: isEnabled('debug'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => boundTo({ ...bound, ...fields }, sink),
  };
}

interface Entry {
  readonly time: string;
  readonly level: string;
  readonly message: string;
}

/** Our three names come first and win over fields of the same name. */
function jsonLine(info: winston.Logform.TransformableInfo): string {
  const { time, level, message, fields } = info as unknown as Entry & { fields: object };
  const entry: Entry = { time, level, message };
  return printable(JSON.stringify({ ...entry, ...fields, ...entry }));
}

function textLine(info: winston.Logform.TransformableInfo): string {
  const { time, level, message, fields } = info as unknown as Entry & { fields: object };
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return printable(`${time} ${level.toUpperCase().padEnd(5)} ${message}${pairs.join('')}`);
}

/** Hands each line on before the call ends: nothing is buffered, whatever the flood. */
function streamOf(write: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(line, _encoding, next) {
      write(String(line));
      next();
    },
  });
}

function toStandardError(line: string): void {
  process.stderr.write(line);
}
