import { now, zone } from './store.js';

/** Times in the acting user's zone. Everything takes epoch milliseconds. */

function parts(ms, options) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone(), ...options }).format(ms);
}

export function clock(ms) {
  return parts(ms, { hour: '2-digit', minute: '2-digit', hour12: false });
}

export function clockSeconds(ms) {
  return parts(ms, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}

/** YYYY-MM-DD there. */
export function day(ms) {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone(),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms);
}

/** `Saturday, November 21` with today and yesterday by name; for the lines between days. */
export function dayName(ms) {
  return (
    relativeDay(ms, true) ??
    new Intl.DateTimeFormat('en-US', { timeZone: zone(), weekday: 'long', month: 'long', day: 'numeric' }).format(ms)
  );
}

/** Everything at once, with the zone: for tooltips. */
export function fullTime(ms) {
  const date = new Intl.DateTimeFormat('en-US', {
    timeZone: zone(),
    weekday: 'long',
    month: 'long',
    day: 'numeric',
    year: 'numeric',
  }).format(ms);
  const name = new Intl.DateTimeFormat('en-GB', { timeZone: zone(), timeZoneName: 'short' })
    .formatToParts(ms)
    .find((p) => p.type === 'timeZoneName');
  return `${date} at ${clockSeconds(ms)} ${name?.value ?? ''}`;
}

export function ago(ms) {
  const seconds = Math.max(0, Math.round((now() - ms) / 1000));
  const steps = [
    [60, 1, 'second'],
    [3600, 60, 'minute'],
    [86_400, 3600, 'hour'],
    [Infinity, 86_400, 'day'],
  ];
  const [, unit, name] = steps.find(([limit]) => seconds < limit) ?? steps[3];
  const count = Math.floor(seconds / unit);
  if (name === 'second') return 'just now';
  return `${count} ${name}${count === 1 ? '' : 's'} ago`;
}

/** A duration ahead or behind in words, for {ago}. */
function relative(ms) {
  const ahead = ms - now();
  if (ahead <= 0) return ago(ms);
  const minutes = Math.round(ahead / 60_000);
  return minutes < 60 ? `in ${minutes} minutes` : `in ${Math.round(minutes / 60)} hours`;
}

/** Fills Slack's date tokens: {date}, {date_short_pretty}, {time}, {ago} and their kin. */
export function formatTokens(format, unix) {
  const ms = unix * 1000;
  return format.replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(ms) ?? whole);
}

const TOKENS = {
  date_num: day,
  date_slash: (ms) => us(ms, { year: 'numeric', month: '2-digit', day: '2-digit' }),
  date: (ms) => ordinal(us(ms, { month: 'long', day: 'numeric', year: 'numeric' })),
  date_pretty: (ms) => relativeDay(ms) ?? TOKENS.date(ms),
  date_short: (ms) => us(ms, { month: 'short', day: 'numeric', year: 'numeric' }),
  date_short_pretty: (ms) => relativeDay(ms) ?? shortDay(ms),
  date_long: (ms) => ordinal(us(ms, { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' })),
  date_long_pretty: (ms) => relativeDay(ms) ?? TOKENS.date_long(ms),
  day_divider_pretty: (ms) => relativeDay(ms) ?? us(ms, { weekday: 'long', month: 'long', day: 'numeric' }),
  time: clock,
  time_secs: clockSeconds,
  ago: relative,
};

/** Slack leaves this year's number out of short dates. */
function shortDay(ms) {
  return day(ms).slice(0, 4) === day(now()).slice(0, 4)
    ? us(ms, { month: 'short', day: 'numeric' })
    : TOKENS.date_short(ms);
}

function relativeDay(ms, capital = false) {
  const names = [
    [0, 'today'],
    [-86_400_000, 'yesterday'],
    [86_400_000, 'tomorrow'],
  ];
  const found = names.find(([shift]) => day(now() + shift) === day(ms))?.[1];
  return found && capital ? found[0].toUpperCase() + found.slice(1) : found;
}

function us(ms, options) {
  return new Intl.DateTimeFormat('en-US', { timeZone: zone(), ...options }).format(ms);
}

function ordinal(text) {
  return text.replace(/(\d{1,2})(?=,)/, (number) => {
    const n = Number(number);
    const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
    return number + suffix;
  });
}
