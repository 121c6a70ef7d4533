import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../errors.ts';
import { damageOf } from '../sqlite/damage.ts';
import { Db } from '../sqlite/db.ts';
import type { DefineCommand } from './run.ts';

/** `watchroom backup`: a whole copy of what people act on, while the bot runs. */
export const backup: DefineCommand = (program, terminal) => {
  program
    .command('backup')
    .description('copy state.db (incidents, silences, acknowledgements, schedules, audit trail) while the bot runs')
    .argument('<file>', 'where the copy goes; must not exist')
    .option('--config <file>', 'the configuration that names the storage', 'watchroom.yml')
    .action(async (file: string, options: { config: string }) => {
      const config = loadConfig(resolve(terminal.cwd, options.config), {
        cwd: terminal.cwd,
        environment: terminal.environment,
        missingEnvironment: 'warning',
      });
      const state = join(resolve(config.baseDir, config.settings.storage.path), 'state.db');
      if (!existsSync(state)) throw new UserError('not_found', `there is no ${state} to copy`);
      const copy = resolve(terminal.cwd, file);
      if (existsSync(copy)) throw new UserError('exists', `${file} exists: a backup never replaces a file`);
      if (!existsSync(dirname(copy)))
        throw new UserError('not_found', `there is no folder ${dirname(file)}: make it first`);
      const db = new Db(state);
      try {
        await db.backup(copy);
      } finally {
        db.close();
      }
      const damage = damageOf(copy, 'every page');
      if (damage !== undefined) throw new UserError('damaged', `the copy is damaged (${damage}): do not rely on it`);
      terminal.out(
        `${state} is copied to ${file}. To restore it: stop the bot, put the copy in place of state.db, remove state.db-wal and state.db-shm.\n`,
      );
    });
};
