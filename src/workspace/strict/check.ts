/** What Slack would refuse: the words of its error and where it stands, as a JSON pointer from the request's root. */
export interface Problem {
  readonly message: string;
  readonly pointer: string;
}

/** Looks at one value and reports every problem it finds; never throws. */
export type Check = (value: unknown, at: string, report: Report) => void;
export type Report = (message: string, pointer: string) => void;
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any value as words for a message to people: strings as they are, everything else as JSON. */
export function inWords(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Runs a check and returns its findings in the order of the document. */
export function problemsOf(check: Check, value: unknown, at: string): Problem[] {
  const found: Problem[] = [];
  check(value, at, (message, pointer) => found.push({ message, pointer }));
  return found;
}

/** Slack's own shape: `must be less than 151 characters [json-pointer:/blocks/0/text/text]`. */
export function problemText(problem: Problem): string {
  return `${problem.message} [json-pointer:${problem.pointer}]`;
}

export interface LengthBounds {
  readonly min?: number;
  readonly max: number;
}

/** A string; Slack says "must be less than N+1 characters" for a maximum of N, and refuses the empty string by default. */
export function text({ min = 1, max }: LengthBounds): Check {
  return (value, at, report) => {
    if (typeof value !== 'string') return report('must provide a string', at);
    if (value.length < min) report(`must be more than ${min - 1} characters`, at);
    if (value.length > max) report(`must be less than ${max + 1} characters`, at);
  };
}

/** A string that matches a pattern; `says` is the complaint otherwise. */
export function pattern(expression: RegExp, says: string): Check {
  return (value, at, report) => {
    if (typeof value !== 'string' || !expression.test(value)) report(says, at);
  };
}

export function list(item: Check, { min = 1, max }: LengthBounds): Check {
  return (value, at, report) => {
    if (!Array.isArray(value)) return report('must provide an array', at);
    if (value.length < min) report(`no fewer than ${min} items allowed`, at);
    if (value.length > max) report(`no more than ${max} items allowed`, at);
    for (const [index, entry] of value.slice(0, max).entries()) item(entry, `${at}/${index}`, report);
  };
}

export function oneOf(...allowed: readonly string[]): Check {
  return (value, at, report) => {
    if (typeof value !== 'string' || !allowed.includes(value)) report(`must be one of: ${allowed.join(', ')}`, at);
  };
}

export const bool: Check = (value, at, report) => {
  if (typeof value !== 'boolean') report('must provide a boolean', at);
};

export function integer(min: number, max: number): Check {
  return (value, at, report) => {
    if (!Number.isInteger(value)) return report('must provide an integer', at);
    if (Number(value) < min) report(`must be greater than or equal to ${min}`, at);
    if (Number(value) > max) report(`must be less than or equal to ${max}`, at);
  };
}

export const finite: Check = (value, at, report) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) report('must provide a finite number', at);
};

export const url: Check = (value, at, report) => {
  text({ max: 3000 })(value, at, report);
  if (typeof value === 'string' && value !== '' && !URL.canParse(value)) report('must provide a valid URL', at);
};

/** An object with exactly these fields; `type` is looked at by whoever chose the check. */
export function shape(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  return (value, at, report) => {
    if (!isObject(value)) return report('must provide an object', at);
    for (const [name, check] of Object.entries(required)) {
      if (value[name] === undefined || value[name] === null) report(`missing required field: ${name}`, at);
      else check(value[name], `${at}/${name}`, report);
    }
    for (const [name, entry] of Object.entries(value)) {
      if (name === 'type' || Object.hasOwn(required, name)) continue;
      const check = Object.hasOwn(optional, name) ? optional[name] : undefined;
      if (check === undefined) report(`invalid additional property: ${name}`, at);
      else if (entry !== undefined && entry !== null) check(entry, `${at}/${name}`, report);
    }
  };
}

/** An object whose `type` chooses the check; any other type is refused by name. */
export function byType(kinds: Readonly<Record<string, Check>>): Check {
  return (value, at, report) => {
    if (!isObject(value)) return report('must provide an object', at);
    const type = value['type'];
    if (typeof type !== 'string') return report('missing required field: type', at);
    const check = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (check === undefined) return report(`unsupported type: ${type}`, `${at}/type`);
    check(value, at, report);
  };
}

/** All of several checks on one value. */
export function every(...checks: readonly Check[]): Check {
  return (value, at, report) => {
    for (const check of checks) check(value, at, report);
  };
}
