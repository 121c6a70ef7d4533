import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { REPOSITORY } from '../support/world.ts';

export const MAIN = join(REPOSITORY, 'dist/main.js');

/** The tests run what people run: the built program. */
export function ensureBuilt(): void {
  if (!existsSync(MAIN)) execFileSync('npm', ['run', 'build'], { cwd: REPOSITORY, stdio: 'inherit' });
}

/** One life of the real program. */
export interface Bot {
  readonly pid: number;
  /** Milliseconds from the start of the process until `/-/ready` said yes; rejects where the process ends before. */
  ready(withinMs?: number): Promise<number>;
  /** SIGKILL, at this very instant. */
  kill(): void;
  signal(name: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it wrote: both streams. */
  output(): string;
  /** Log lines of level error, newest last. */
  errors(): readonly Readonly<Record<string, unknown>>[];
}

export interface BotOptions {
  readonly config: string;
  readonly port: number;
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Program and leading arguments instead of `node`, such as a shell that sets limits. */
  readonly wrapper?: readonly string[];
  /** What `node` runs instead of `dist/main.js serve`, with its arguments; the configuration's path comes last. */
  readonly entry?: readonly string[];
}

/** `node dist/main.js serve`, as a person would run it. */
export function startBot(options: BotOptions): Bot {
  ensureBuilt();
  const startedAt = performance.now();
  const [program, ...before] = [...(options.wrapper ?? []), process.execPath];
  const entry = options.entry ?? [MAIN, 'serve', '--config'];
  const child = spawn(program, [...before, ...entry, options.config], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = endOf(child);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  return {
    pid: child.pid ?? 0,
    ready: async (withinMs = 60_000) => {
      for (;;) {
        if (over) throw new Error(`the bot ended before it was ready:\n${output.slice(-3000)}`);
        if (await isReady(options.port)) return performance.now() - startedAt;
        if (performance.now() - startedAt > withinMs)
          throw new Error(`the bot is not ready after ${withinMs} ms:\n${output.slice(-3000)}`);
        await pause(10);
      }
    },
    kill: () => void child.kill('SIGKILL'),
    signal: (name) => void child.kill(name),
    ended,
    output: () => output,
    errors: () => output.split('\n').flatMap(errorLine),
  };
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
}

function errorLine(line: string): Readonly<Record<string, unknown>>[] {
  if (!line.includes('"level":"error"')) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [{ msg: line }];
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/-/ready`, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A port that was free a moment ago; every life of a bot takes the same one, as in production. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
