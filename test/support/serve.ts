import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

export const REPOSITORY = resolve(import.meta.dirname, '../..');

/** A `watchroom serve` that runs as a process of its own. */
export interface Served {
  readonly url: string;
  /** Everything it has logged. */
  readonly log: () => string;
  /** Resolves when it has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts the built program in a folder, with this configuration (JSON is YAML) as its watchroom.yml; resolves when its doors are open. */
export async function serve(folder: string, config: object): Promise<Served> {
  const main = join(REPOSITORY, 'dist/main.js');
  if (!existsSync(main)) throw new Error('dist/ is missing: npm run build');
  writeFileSync(join(folder, 'watchroom.yml'), JSON.stringify(config));
  const child = spawn(process.execPath, [main, 'serve'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${text}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /"url":"(http:[^"]+)"[^\n]*"watchroom is up"/.exec(text)?.[1];
      if (found) resolve(found);
    });
  });
  return { url, log: () => text, end: (signal) => ended(child, signal) };
}

/** Ends a process that a test started. */
export function ended(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
