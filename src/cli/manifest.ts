import { existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { buildManifest, manifestText } from '../slack/manifest.ts';
import type { DefineCommand } from './run.ts';

/** `watchroom manifest`: the Slack app manifest, made from the registries of commands and actions. */
export const manifest: DefineCommand = (program, terminal) => {
  program
    .command('manifest')
    .description('print the Slack app manifest')
    .option('--alert <command>', 'slash command for alerts', '/alert')
    .option('--oncall <command>', 'slash command for on-call', '/oncall')
    .option('--http <url>', "for Slack's HTTP mode: the public address of /slack/events")
    .option('--write <file>', 'write it to a file instead')
    .action((options: { alert: string; oncall: string; http?: string; write?: string }) => {
      const commands = { alert: options.alert, oncall: options.oncall };
      for (const command of [options.alert, options.oncall])
        if (!/^\/[a-z0-9_-]{1,31}$/.test(command))
          throw new UserError('bad_command', `${command} is no slash command, such as /alert`);
      if (options.http !== undefined && !/^https:\/\/[^\s/]+/.test(options.http))
        throw new UserError(
          'bad_url',
          `${options.http} is no address that Slack can post to: https://HOST/slack/events`,
        );
      const text = manifestText(
        buildManifest(
          commands,
          options.http === undefined ? { kind: 'socket' } : { kind: 'http', eventsUrl: options.http },
        ),
      );
      if (options.write === undefined) {
        terminal.out(text);
        return;
      }
      const file = resolve(terminal.cwd, options.write);
      if (!existsSync(dirname(file)))
        throw new UserError('not_found', `there is no folder ${dirname(options.write)}: make it first`);
      writeFileSync(file, text);
    });
};
