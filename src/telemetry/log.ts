import { type DestinationStream, type LevelWithSilent, type Logger, pino, stdSerializers } from 'pino';

export type LogLevel = LevelWithSilent;
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * The log. Messages are constant sentences; what varies goes into fields. `error` is the field for an error that was caught.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all bear these fields. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Every configured secret; asked for each line, so that a reload's new secrets are covered. */
  readonly secrets: () => readonly string[];
  /** Takes one JSON line with its newline. Standard output where absent. */
  readonly write?: (line: string) => void;
  /** Epoch ms for the lines' `time`; real time where absent. */
  readonly now?: () => number;
}

const LONGEST_TEXT = 4096;

/** JSON lines. Secrets are removed by value from the finished line, wherever in it they stand. */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const destination: DestinationStream = { write: (line) => write(withoutSecrets(line, options.secrets())) };
  const { now } = options;
  const logger = pino(
    {
      level: options.level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: now ? () => `,"time":${Math.round(now())}` : pino.stdTimeFunctions.epochTime,
      serializers: { error: stdSerializers.err },
    },
    destination,
  );
  return wrap(logger);
}

/** For parts that must have a log and tests that read none. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(bounded(fields), message),
    info: (message, fields) => logger.info(bounded(fields), message),
    warn: (message, fields) => logger.warn(bounded(fields), message),
    error: (message, fields) => logger.error(bounded(fields), message),
    child: (fields) => wrap(logger.child(bounded(fields))),
  };
}

/** What comes from outside may be long: texts are cut. */
function bounded(fields: LogFields = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value,
    ]),
  );
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
  let clean = line;
  // Longest first: one secret may hold another. Very short ones would blank ordinary words.
  for (const secret of secrets.filter((text) => text.length >= 4).toSorted((a, b) => b.length - a.length)) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]))
      clean = clean.replaceAll(form, '<secret>');
  }
  return clean;
}
