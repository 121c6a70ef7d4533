/** Crockford's base 32: sorts like the numbers it stands for. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/**
 * ULIDs (48 bits of time, 80 of randomness) that always ascend: within one millisecond, and where the clock was set back, the
 * next one is the successor of the last.
 * @param lastId the greatest id given by an earlier process, '' for none
 */
export function createRowIds(random: () => number, lastId: string): (now: number) => string {
  let last = lastId;
  return (now) => {
    let rest = Math.max(0, Math.floor(now));
    let text = '';
    for (let i = 0; i < TIME_DIGITS; i += 1) {
      text = (DIGITS[rest % 32] ?? '0') + text;
      rest = Math.floor(rest / 32);
    }
    for (let i = 0; i < RANDOM_DIGITS; i += 1) text += DIGITS[Math.floor(random() * 32)] ?? '0';
    last = text > last ? text : successor(last);
    return last;
  };
}

function successor(id: string): string {
  const digits = id.split('');
  for (let i = digits.length - 1; i >= 0; i -= 1) {
    const value = DIGITS.indexOf(digits[i] ?? '0');
    if (value < 31) {
      digits[i] = DIGITS[value + 1] ?? '0';
      return digits.join('');
    }
    digits[i] = '0';
  }
  return digits.join('');
}
