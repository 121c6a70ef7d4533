/** The functions that take any number of arguments from some number on; every other takes as many as it names. */
const AT_LEAST: ReadonlyMap<string, number> = new Map([
  ['append', 1],
  ['args', 0],
  ['call', 0],
  ['dict', 0],
  ['eq', 1],
  ['html', 0],
  ['index', 1],
  ['js', 0],
  ['list', 0],
  ['print', 0],
  ['printf', 1],
  ['println', 0],
  ['slice', 1],
  ['stringSlice', 0],
  ['urlquery', 0],
]);

/** What is wrong with a call of `name` with `given` arguments, in Go's words. */
export function miscounted(name: string, fn: (...args: never[]) => unknown, given: number): string | undefined {
  const least = AT_LEAST.get(name);
  if (least === undefined) {
    return given === fn.length ? undefined : `wrong number of args for ${name}: want ${fn.length} got ${given}`;
  }
  return given >= least ? undefined : `wrong number of args for ${name}: want at least ${least} got ${given}`;
}
