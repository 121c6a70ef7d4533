import { DocumentError, type Position } from '../document/position.ts';
import { type Located, readDocument } from '../document/schema.ts';
import type { Path } from '../document/yaml.ts';
import { parseYaml } from '../document/yaml.ts';
import { UserError } from '../errors.ts';
import { loadRules, type RuleFile } from './load.ts';
import type { RuleGroup } from './rule.ts';
import { RuleTestRun, type TestFailure } from './rule-test-run.ts';
import { type RuleTestFile, RuleTestFileSchema } from './rule-test-schema.ts';

export interface RuleTestFailure {
  /** Of the case that failed; of the mistake, where a file cannot be read. */
  readonly at: Position;
  /** The test's `name`, '' where it has none. */
  readonly test: string;
  /** Several lines where it shows expected and got. */
  readonly message: string;
}

export interface RuleTestResult {
  readonly file: string;
  /** How many cases (alert tests, expression tests) the file holds. */
  readonly cases: number;
  /** How many cases failed or never ran; a file that cannot be read counts as one. */
  readonly failed: number;
  readonly passed: boolean;
  readonly failures: readonly RuleTestFailure[];
}

export interface RuleTestOptions {
  /** The rule files that a pattern of `rule_files` means, relative to the test file. @throws DocumentError where one cannot be read. */
  readonly ruleFiles: (pattern: string, testFile: string) => readonly RuleFile[];
}

const DEFAULT_INTERVAL_MS = 60_000;

/** Runs unit tests in the format of `promtool test rules`, with Prometheus' semantics of missing data. Never throws for bad input. */
export function runRuleTests(files: readonly RuleFile[], options: RuleTestOptions): RuleTestResult[] {
  return files.map((file) => runFile(file, options));
}

function runFile(file: RuleFile, options: RuleTestOptions): RuleTestResult {
  let document: Located<RuleTestFile>;
  let groups: readonly RuleGroup[];
  try {
    document = readDocument(parseYaml(file.text, file.path), RuleTestFileSchema);
    const rules = (document.value.rule_files ?? []).flatMap((pattern) => options.ruleFiles(pattern, file.path));
    groups = ordered(loadRules(rules), document.value.group_eval_order ?? []);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { file: file.path, cases: 0, failed: 1, passed: false, failures: unreadable(error, file.path) };
  }
  const failures: RuleTestFailure[] = [];
  let cases = 0;
  let failed = 0;
  const { value } = document;
  for (const [index, test] of (value.tests ?? []).entries()) {
    const own = (test.alert_rule_test?.length ?? 0) + (test.promql_expr_test?.length ?? 0);
    cases += own;
    const evaluationIntervalMs = positive(value.evaluation_interval);
    const run = new RuleTestRun(test, groups, {
      evaluationIntervalMs,
      intervalMs: test.interval ? test.interval : evaluationIntervalMs,
      fuzzy: value.fuzzy_compare ?? false,
    });
    const found = run.run();
    failed += failedOf(found, own);
    for (const failure of found) {
      failures.push({ at: document.at(pathOf(index, failure)), test: test.name ?? '', message: failure.message });
    }
  }
  return { file: file.path, cases, failed, passed: failures.length === 0, failures };
}

/** Every mistake at its own place, which may be in a rule file. */
function unreadable(error: UserError, file: string): RuleTestFailure[] {
  if (!(error instanceof DocumentError)) return [{ at: { file, line: 1, col: 1 }, test: '', message: error.message }];
  return error.problems.map(({ at, message }) => ({ at, test: '', message }));
}

/** What is wrong with a test's series or rules spoils all of its cases. */
function failedOf(failures: readonly TestFailure[], cases: number): number {
  const spoilt = failures.some((failure) => failure.in.kind === 'test' || failure.in.kind === 'input_series');
  return spoilt ? Math.max(1, cases) : failures.length;
}

function positive(ms: number | undefined): number {
  return ms === undefined || ms === 0 ? DEFAULT_INTERVAL_MS : ms;
}

function pathOf(test: number, failure: TestFailure): Path {
  switch (failure.in.kind) {
    case 'input_series':
    case 'alert_rule_test':
    case 'promql_expr_test':
      return ['tests', test, failure.in.kind, failure.in.index];
    case 'test':
      return ['tests', test];
  }
}

/** Groups in the order asked for; those not named keep their place behind. */
function ordered(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  const repeated = order.find((name, index) => order.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new UserError('invalid_document', `group name repeated in evaluation order: ${repeated}`);
  }
  const rank = (group: RuleGroup): number => {
    const at = order.indexOf(group.name);
    return at < 0 ? 0 : at;
  };
  return groups.toSorted((a, b) => rank(a) - rank(b));
}

/** The result for people: one line where it passed, every failure with its place where not. */
export function printRuleTestResult(result: RuleTestResult): string {
  if (result.passed) return `${result.file}: ${result.cases} ${result.cases === 1 ? 'case' : 'cases'} passed`;
  const failures = result.failures.map(({ at, test, message }) => {
    const name = test === '' ? '' : `${test}: `;
    return `${at.file}:${at.line}:${at.col}: ${name}${message}`;
  });
  return [`${result.file}: FAILED`, ...failures].join('\n');
}
