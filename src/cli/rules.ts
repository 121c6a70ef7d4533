import { dirname, resolve } from 'node:path';
import { expandPattern, readTextFile, shownPath, type TextFile } from '../config/files.ts';
import { UserError } from '../errors.ts';
import { printExpr } from '../promql/print.ts';
import { loadRules } from '../rules/load.ts';
import { printRuleTestResult, runRuleTests } from '../rules/rule-test.ts';
import type { DefineCommand } from './run.ts';
import type { Terminal } from './terminal.ts';

/** `watchroom rules`: unit tests of rules, and what a rule evaluates. */
export const rules: DefineCommand = (program, terminal, finish) => {
  const group = program.command('rules').description('unit tests of rules, and what a rule evaluates');
  group
    .command('test')
    .description("run unit tests in promtool's format")
    .argument('<file...>', 'test files')
    .action((files: readonly string[]) => {
      const read = (path: string): TextFile => readTextFile(path, shownPath(path, terminal.cwd));
      const results = runRuleTests(
        files.map((file) => read(resolve(terminal.cwd, file))),
        {
          ruleFiles: (pattern, testFile) => expandPattern(pattern, dirname(resolve(terminal.cwd, testFile))).map(read),
        },
      );
      for (const result of results) terminal.out(`${printRuleTestResult(result)}\n`);
      const failed = results.reduce((sum, result) => sum + result.failed, 0);
      const passed = results.reduce((sum, result) => sum + Math.max(0, result.cases - result.failed), 0);
      terminal.out(`${passed} passed, ${failed} failed\n`);
      finish(failed > 0 ? 1 : 0);
    });
  group
    .command('explain')
    .description("print an alert's PromQL")
    .argument('<alert>', 'name of an alert')
    .option('--rules <pattern>', 'rule files', 'rules/*.rules.yml')
    .action((alert: string, options: { rules: string }) => explain(alert, options.rules, terminal));
};

function explain(alert: string, pattern: string, terminal: Terminal): void {
  const files = expandPattern(pattern, terminal.cwd).map((path) => readTextFile(path, shownPath(path, terminal.cwd)));
  const found = loadRules(files).flatMap((group) => group.rules.filter((rule) => rule.name === alert));
  if (found.length === 0) throw new UserError('not_found', `no rule called ${alert} in ${pattern}`);
  for (const rule of found) {
    const { file, line } = rule.at;
    terminal.out(`# ${rule.name} (${file}:${line})\n${printExpr(rule.expr)}\n`);
  }
}
