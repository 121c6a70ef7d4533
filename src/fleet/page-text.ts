type LabelPair = readonly [name: string, value: string];

/** Writes Prometheus' text format, one family after the other. */
export class Page {
  readonly #lines: string[] = [];
  #family = '';

  /** Starts a family; the samples that follow belong to it. */
  family(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): void {
    this.#family = name;
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }

  sample(suffix: '' | '_bucket' | '_sum' | '_count', labels: readonly LabelPair[], value: number): void {
    const pairs = labels.map(([name, text]) => `${name}="${escapeValue(text)}"`).join(',');
    this.#lines.push(`${this.#family}${suffix}{${pairs}} ${printNumber(value)}`);
  }

  /** Buckets up to each bound and `+Inf`, then `_sum` and `_count`; fractional bucket counts are rounded down. */
  histogram(
    labels: readonly LabelPair[],
    bounds: readonly number[],
    counted: { readonly buckets: Float64Array; readonly sum: number },
    count: number,
  ): void {
    for (const [index, bound] of bounds.entries()) {
      const below = Math.min(count, Math.floor(counted.buckets[index] ?? 0));
      this.sample('_bucket', [...labels, ['le', Number.isInteger(bound) ? `${bound}.0` : String(bound)]], below);
    }
    this.sample('_bucket', [...labels, ['le', '+Inf']], count);
    this.sample('_sum', labels, counted.sum);
    this.sample('_count', labels, count);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function escapeValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function printNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12)));
}
