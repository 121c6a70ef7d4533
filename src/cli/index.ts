import { alert } from './alert.ts';
import { backup } from './backup.ts';
import { check } from './check.ts';
import { demo } from './demo/demo.ts';
import { manifest } from './manifest.ts';
import { oncall } from './oncall.ts';
import { promqlTest } from './promql-test.ts';
import { query } from './query.ts';
import { rules } from './rules.ts';
import type { DefineCommand } from './run.ts';
import { serve } from './serve.ts';

/** The registry of commands, in the order of `--help`. */
export const commands: readonly DefineCommand[] = [
  serve,
  demo,
  alert,
  check,
  oncall,
  rules,
  query,
  promqlTest,
  manifest,
  backup,
];
