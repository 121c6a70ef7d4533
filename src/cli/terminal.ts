/** What a command may touch of the process it runs in, so that tests can run it in theirs. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether people, not a pipe, read `out`. */
  readonly tty: boolean;
  /** Characters per line of `out`, where it is a terminal. */
  readonly columns?: number | undefined;
}

/** Exit codes: 0 done, 1 the input or the answer is bad, 2 the command line itself is, 70 a defect of ours. */
export type ExitCode = 0 | 1 | 2 | 70;
