/** How numbers in base units are written on a chart: `value * factor`, followed by the name. */
export interface ChartUnit {
  readonly factor: number;
  /** `ms`, `%`, `GB`; '' where the numbers have no unit. */
  readonly name: string;
}

const SECONDS: readonly (readonly [below: number, unit: ChartUnit])[] = [
  [0.001, { factor: 1e6, name: 'µs' }],
  [1, { factor: 1000, name: 'ms' }],
  [120, { factor: 1, name: 's' }],
  [7200, { factor: 1 / 60, name: 'min' }],
  [172_800, { factor: 1 / 3600, name: 'h' }],
];
const BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * One unit for all numbers of a chart, chosen by the largest of them, so that an axis never mixes `900 ms` and `1.2 s`. The steps
 * are those in which single values are told.
 * @param largest the largest absolute value, in base units
 */
export function chartUnit(largest: number, unit: string | undefined): ChartUnit {
  switch (unit) {
    case 'seconds':
      return SECONDS.find(([below]) => largest < below)?.[1] ?? { factor: 1 / 86_400, name: 'd' };
    case 'ratio':
      return { factor: 100, name: '%' };
    case 'percent':
      return { factor: 1, name: '%' };
    case 'bytes': {
      const power = largest < 1000 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log10(largest) / 3));
      return { factor: 1000 ** -power, name: BYTES[power] ?? 'B' };
    }
    default:
      return { factor: 1, name: unit ?? '' };
  }
}

/** A number in the chart's unit with three significant digits at most, without the unit. Not in exponent form where a person can read it plain. */
export function chartNumber(value: number, unit: ChartUnit): number {
  return Number((value * unit.factor).toPrecision(3));
}
