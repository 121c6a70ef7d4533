import { resolve } from 'node:path';
import { readTextFile, shownPath } from '../config/files.ts';
import { runScript } from '../promql/script.ts';
import type { DefineCommand } from './run.ts';

/** `watchroom promql-test`: scripts in Prometheus' promqltest language. */
export const promqlTest: DefineCommand = (program, terminal, finish) => {
  program
    .command('promql-test')
    .description("run scripts in Prometheus' promqltest language")
    .argument('<file...>', 'script files')
    .option('--quiet', 'print only the totals')
    .action((files: readonly string[], options: { quiet?: boolean }) => {
      let passed = 0;
      let failed = 0;
      for (const file of files) {
        const path = resolve(terminal.cwd, file);
        const { text } = readTextFile(path, shownPath(path, terminal.cwd));
        const report = runScript(text);
        passed += report.passed;
        failed += report.failed;
        if (options.quiet) continue;
        for (const { line, column, message, refused } of report.failures) {
          const place = column === undefined ? `${line}` : `${line}:${column}`;
          terminal.out(`${file}:${place}: ${refused ? 'refused: ' : ''}${message}\n`);
        }
      }
      terminal.out(`${passed} passed, ${failed} failed\n`);
      finish(failed > 0 ? 1 : 0);
    });
};
