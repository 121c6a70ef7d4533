import { type Figures, runCampaign } from './campaign.ts';
import { report } from './report.ts';

/** `npm run campaign [-- --kills N --seed N]`: 600 kills of the real program; exit 1 where a promise did not hold. Ctrl-C counts at once. */
function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} wants a whole number`);
  return value;
}

const seed = option('--seed', Date.now() % 1_000_000);
const startedAt = performance.now();
let enough = false;
process.on('SIGINT', () => {
  enough = true;
});
const figures: Figures = await runCampaign({
  kills: option('--kills', 600),
  seed,
  say: (line) => console.log(line),
  enough: () => enough,
});
const { lines, broken } = report(figures);
console.log(`seed ${seed}, ${Math.round((performance.now() - startedAt) / 1000)} s`);
for (const line of lines) console.log(line);
for (const promise of broken) console.error(`BROKEN: ${promise}`);
// Timers of traps that nothing fell into may still run.
process.exit(broken.length === 0 ? 0 : 1);
