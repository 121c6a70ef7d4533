import { formatTime, GO_STRING_LAYOUT } from './go-time.ts';
import { formatFloat } from './number-format.ts';
import { FunctionError } from './template-error.ts';
import { time } from './values.ts';

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const BINARY = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

function four(value: number): string {
  return formatFloat(value, 'g', 4);
}

/** Four digits and a metric prefix: 1234567 → `1.235M`, 0.00012 → `120u`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return four(value);
  if (Math.abs(value) < 1) return shrink(value);
  let rest = value;
  let prefix = '';
  for (const next of LARGE) {
    if (Math.abs(rest) < 1000) break;
    prefix = next;
    rest /= 1000;
  }
  return four(rest) + prefix;
}

function shrink(value: number): string {
  let rest = value;
  let prefix = '';
  for (const next of SMALL) {
    if (Math.abs(rest) >= 1) break;
    prefix = next;
    rest *= 1000;
  }
  return four(rest) + prefix;
}

/** Four digits and a binary prefix: 1048576 → `1Mi`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return four(value);
  let rest = value;
  let prefix = '';
  for (const next of BINARY) {
    if (Math.abs(rest) < 1024) break;
    prefix = next;
    rest /= 1024;
  }
  return four(rest) + prefix;
}

/** Seconds for people: 899.99 → `14m 59s`, 0.2 → `200ms`, 90061 → `1d 1h 1m 1s`. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds);
  if (seconds === 0) return `${four(seconds)}s`;
  if (Math.abs(seconds) < 1) return `${shrink(seconds)}s`;
  const sign = seconds < 0 ? '-' : '';
  const size = Math.abs(seconds);
  const whole = Math.trunc(size);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${whole % 60}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${whole % 60}s`;
  if (minutes > 0) return `${sign}${minutes}m ${whole % 60}s`;
  return `${sign}${four(size)}s`;
}

/** A ratio for people: 0.12345 → `12.35%`. */
export function humanizePercentage(ratio: number): string {
  return `${four(ratio * 100)}%`;
}

const LATEST_SECONDS = 2 ** 63 / 1e9;

/** Epoch seconds → epoch ms. @throws FunctionError beyond what Go can hold (the years 1678 to 2262). */
export function instantOf(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new FunctionError('value is NaN or Inf');
  if (Math.abs(seconds) > LATEST_SECONDS) {
    throw new FunctionError(
      `${formatFloat(seconds, 'g', -1)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  }
  return Math.trunc(seconds * 1000);
}

/** Epoch seconds for people: `2015-06-23 13:19:44.128 +0000 UTC`. */
export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds);
  return formatTime(time(instantOf(seconds)), GO_STRING_LAYOUT);
}
