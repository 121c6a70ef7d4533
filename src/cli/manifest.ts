import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
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
      const text = manifestText(
        buildManifest(
          commands,
          options.http === undefined ? { kind: 'socket' } : { kind: 'http', eventsUrl: options.http },
        ),
      );
      if (options.write === undefined) terminal.out(text);
      else writeFileSync(resolve(terminal.cwd, options.write), text);
    });
};
