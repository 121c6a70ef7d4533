import { expectCount, textOf } from './arguments.ts';
import { formatTime, inZone } from './go-time.ts';
import { FunctionError } from './template-error.ts';
import type { DurationValue, TimeValue, Value } from './values.ts';

type Member = (args: readonly Value[]) => Value;

/** The methods of Go's time.Time and time.Duration that templates use; undefined where there is none of that name. */
export function timeMember(value: TimeValue | DurationValue, name: string): Member | undefined {
  return value.kind === 'time' ? instantMember(value, name) : durationMember(value, name);
}

function instantMember(value: TimeValue, name: string): Member | undefined {
  switch (name) {
    case 'Format':
      return (args) => {
        expectCount(args, 1);
        return formatTime(value, textOf(args[0]));
      };
    case 'String':
      return () => formatTime(value, '2006-01-02 15:04:05.999999999 -0700 MST');
    case 'Unix':
      return () => BigInt(Math.floor(value.ms / 1000));
    case 'UnixMilli':
      return () => BigInt(Math.floor(value.ms));
    case 'UTC':
    case 'Local':
      return () => inZone(value, 'UTC');
    case 'IsZero':
      return () => value.ms === GO_ZERO_TIME_MS;
    case 'Year':
      return () => BigInt(formatTime(value, '2006'));
    case 'Month':
      return () => formatTime(value, 'January');
    case 'Weekday':
      return () => formatTime(value, 'Monday');
    case 'Day':
      return () => BigInt(formatTime(value, '2'));
    case 'Hour':
      return () => BigInt(formatTime(value, '15'));
    case 'Minute':
      return () => BigInt(formatTime(value, '04'));
    case 'Second':
      return () => BigInt(formatTime(value, '05'));
    case 'Sub':
      return (args) => ({ kind: 'duration', ms: value.ms - instant(args[0]).ms });
    case 'Before':
      return (args) => value.ms < instant(args[0]).ms;
    case 'After':
      return (args) => value.ms > instant(args[0]).ms;
    case 'Equal':
      return (args) => value.ms === instant(args[0]).ms;
    case 'Add':
      return ([by]) => {
        if (typeof by !== 'object' || by.kind !== 'duration') throw new FunctionError('expected a duration');
        return { ...value, ms: value.ms + by.ms };
      };
    default:
      return undefined;
  }
}

/** Go's zero time, 0001-01-01T00:00:00Z: what `.EndsAt` of a firing alert may hold. */
export const GO_ZERO_TIME_MS = -62_135_596_800_000;

function durationMember(value: DurationValue, name: string): Member | undefined {
  switch (name) {
    case 'Seconds':
      return () => value.ms / 1000;
    case 'Minutes':
      return () => value.ms / 60_000;
    case 'Hours':
      return () => value.ms / 3_600_000;
    case 'Milliseconds':
      return () => BigInt(Math.trunc(value.ms));
    default:
      return undefined;
  }
}

function instant(value: Value): TimeValue {
  if (typeof value === 'object' && value.kind === 'time') return value;
  throw new FunctionError('expected a time');
}
