import { Command, CommanderError } from 'commander';
import { UserError } from '../errors.ts';
import { commands } from './index.ts';
import type { ExitCode, Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** Sets the exit code of the command under way; 0 unless it is called. */
export type Finish = (code: ExitCode) => void;

/** Adds one command to the program. */
export type DefineCommand = (program: Command, terminal: Terminal, finish: Finish) => void;

/**
 * Runs one command line. Never throws: what a person can mend is printed plainly (exit 1, or 2 for the command line itself), a
 * defect of ours with its stack (exit 70).
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = new Command('watchroom')
    .description('ML alerting that lives in Slack')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .showHelpAfterError('(watchroom --help lists the commands)')
    .showSuggestionAfterError();
  const finish: Finish = (result) => {
    code = result;
  };
  for (const define of commands) define(program, terminal, finish);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError) {
      terminal.err(`${error.message}\n`);
      return 1;
    }
    const occupied = occupiedPort(error);
    if (occupied !== undefined) {
      terminal.err(`${occupied}\n`);
      return 1;
    }
    terminal.err(
      `watchroom: internal error\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 70;
  }
}

/** What to do about an address that cannot be listened on; undefined for any other error. */
function occupiedPort(error: unknown): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'listen' && 'code' in error))
    return undefined;
  const where =
    'address' in error && 'port' in error ? `${String(error.address)}:${String(error.port)}` : 'the address';
  switch (error.code) {
    case 'EADDRINUSE':
      return `${where} is in use, perhaps by another watchroom. Choose another port (0 takes a free one).`;
    case 'EACCES':
      return `${where} may not be listened on by this user. Choose a port above 1023.`;
    case 'EADDRNOTAVAIL':
      return `${where} is no address of this machine.`;
    default:
      return undefined;
  }
}
