import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Running from '../../src/cli/running.ts';
import type * as Storage from '../../src/cli/storage.ts';
import type * as Load from '../../src/config/load.ts';
import type * as Log from '../../src/telemetry/log.ts';
import type * as Clock from '../../src/time/clock.ts';

/**
 * `watchroom serve` of the built program with a domain clock that runs fast, for what takes hours: a ladder's steps are whole minutes.
 * Usage: `node --import tsx hasty-serve.ts REAL_AT DOMAIN_AT SPEED watchroom.yml`; each life of one bot gets the same three numbers.
 */
async function main([realAt, domainAt, speed, config]: readonly string[]): Promise<void> {
  const { loadConfig } = await built<typeof Load>('config/load.js');
  const { openStorage } = await built<typeof Storage>('cli/storage.js');
  const { startRunning } = await built<typeof Running>('cli/running.js');
  const { createLog } = await built<typeof Log>('telemetry/log.js');
  const { ScaledClock } = await built<typeof Clock>('time/clock.js');
  const path = resolve(config ?? '');
  const read = (): ReturnType<typeof loadConfig> =>
    loadConfig(path, { cwd: dirname(path), environment: {}, missingEnvironment: 'error' });
  const { settings, baseDir } = read();
  const storage = openStorage(resolve(baseDir, settings.storage.path));
  const running = await startRunning({
    config: read(),
    reread: read,
    databases: storage.databases,
    log: createLog({ level: 'info', secrets: () => [] }),
    version: 'hasty',
    clock: new ScaledClock({ realAt: Number(realAt), domainAt: Number(domainAt), speed: Number(speed) }),
    onCrash: () => process.exit(70),
  });
  process.once('SIGTERM', () => {
    void running.stop().then(() => storage.release());
  });
}

async function built<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(join(import.meta.dirname, '../../dist', file)).href)) as T;
}

await main(process.argv.slice(2));
