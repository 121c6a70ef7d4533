import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { secretValues } from '../config/secret-values.ts';
import { printProblem } from '../document/position.ts';
import { createLog, type Log, type LogLevel } from '../telemetry/log.ts';
import { DEADLINE, withDeadline } from '../time/deadline.ts';
import type { DefineCommand } from './run.ts';
import { startRunning } from './running.ts';
import { openStorage } from './storage.ts';
import { VERSION } from './version.ts';

/** `watchroom serve`: runs the bot until it is told to stop. */
export const serve: DefineCommand = (program, terminal, finish) => {
  program
    .command('serve')
    .description('run the bot; SIGHUP or POST /-/reload reads the configuration again')
    .option('--config <file>', 'the configuration', 'watchroom.yml')
    .addOption(
      new Option('--log-level <level>', 'how much is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .action(async (options: { config: string; logLevel: string }) => {
      const path = resolve(terminal.cwd, options.config);
      const read = (): ReturnType<typeof loadConfig> =>
        loadConfig(path, { cwd: terminal.cwd, environment: terminal.environment, missingEnvironment: 'error' });
      let config = read();
      for (const warning of [...config.warnings, ...config.onCall.unmapped]) terminal.err(`${printProblem(warning)}\n`);
      let secrets = secretValues(config);
      const log = createLog({ level: levelOf(options.logLevel), secrets: () => secrets });
      const storage = openStorage(resolve(config.baseDir, config.settings.storage.path));
      dieOfDefects(log);

      let end: (how: 'asked' | 'crashed') => void = () => {};
      const stopped = new Promise<'asked' | 'crashed'>((resolveStopped) => {
        end = resolveStopped;
      });
      process.once('SIGINT', () => end('asked'));
      process.once('SIGTERM', () => end('asked'));
      const running = await startRunning({
        config,
        reread: () => {
          const next = read();
          config = next;
          secrets = secretValues(next);
          return next;
        },
        databases: storage.databases,
        log,
        version: VERSION,
        onCrash: (error) => {
          log.error('the observer ended', { error });
          end('crashed');
        },
      });
      process.on('SIGHUP', () => {
        running.app.reload().then(
          (warnings) => log.info('configuration reloaded', { warnings }),
          (error: unknown) => log.error('the new configuration is bad; the old one stays', { error }),
        );
      });
      log.info('watchroom is up', { url: running.url, version: VERSION });
      const how = await stopped;
      const code = how === 'asked' ? 0 : 70;
      if ((await withDeadline(DRAIN_MS, () => running.stop())) === DEADLINE) {
        log.warn('watchroom stops while something is still under way; it goes on at the next start');
        process.exit(code);
      }
      storage.release();
      log.info('watchroom has stopped');
      finish(code);
    });
};

/** Orchestrators give ten seconds before they kill. Nothing is lost by ending earlier: what was under way is a row. */
const DRAIN_MS = 8000;

/** After a defect nobody knows what state the process is in, but the databases are whole: the next start goes on from them. */
function dieOfDefects(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log.error('a defect ended the program', { error, origin });
    process.exit(70);
  });
}

function levelOf(text: string): LogLevel {
  return text === 'debug' || text === 'warn' || text === 'error' ? text : 'info';
}
