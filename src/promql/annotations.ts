import type { Span } from './ast.ts';
import { positionText } from './errors.ts';

/** What a person should know about an answer, as Prometheus words it, each with the position it stems from. */
export interface Notes {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export type Level = 'warning' | 'info';

/** Collects notes during an evaluation; equal ones count once. */
export class Annotations {
  readonly #found = new Map<string, { level: Level; message: string; span: Span }>();

  add(level: Level, message: string, span: Span): void {
    const key = `${level} ${span.start} ${message}`;
    if (!this.#found.has(key)) this.#found.set(key, { level, message, span });
  }

  /** @param text the expression the spans refer to; without it positions are left out. */
  notes(text?: string): Notes {
    const warnings = new Set<string>();
    const infos = new Set<string>();
    for (const { level, message, span } of this.#found.values()) {
      const place = text === undefined ? '' : ` (${positionText(text, span.start)})`;
      (level === 'warning' ? warnings : infos).add(`PromQL ${level}: ${message}${place}`);
    }
    return { warnings: [...warnings], infos: [...infos] };
  }
}
