#!/usr/bin/env node
import { run } from './cli/run.ts';

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  environment: process.env,
  cwd: process.cwd(),
  tty: process.stdout.isTTY,
  columns: process.stdout.columns,
});
