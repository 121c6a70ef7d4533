import { run } from '../../src/cli/run.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

/** What a command printed, and the status it ended with. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line as a script does, in `/` and with an empty environment unless `where` says otherwise. */
export async function runLine(
  args: readonly string[],
  where: Partial<Pick<Terminal, 'environment' | 'cwd' | 'columns'>> = {},
): Promise<Printed> {
  let [out, err] = ['', ''];
  const code = await run(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    environment: {},
    cwd: '/',
    tty: false,
    ...where,
  });
  return { code, out, err };
}
