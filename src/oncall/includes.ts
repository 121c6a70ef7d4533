import type { Problem } from '../document/position.ts';
import { nearest } from '../document/suggest.ts';
import type { Schedule, ScheduleLayer } from './schedule.ts';

/** Layers that name a schedule that is not there, or one that leads back to their own. Each problem stands at its layer. */
export function includeProblems(schedules: readonly Schedule[]): Problem[] {
  const byName = new Map(schedules.map((schedule) => [schedule.name, schedule]));
  return schedules.flatMap((schedule) =>
    includes(schedule).flatMap((layer): Problem[] => {
      const at = layer.at ?? { file: schedule.name, line: 1, col: 1 };
      if (!byName.has(layer.schedule)) {
        const near = nearest(layer.schedule, [...byName.keys()]);
        const hint = near ? `did you mean ${near}?` : `there are ${[...byName.keys()].join(', ')}`;
        return [{ severity: 'error', at, message: `no schedule is called ${layer.schedule}; ${hint}` }];
      }
      const way = wayTo(schedule.name, layer.schedule, byName);
      if (!way) return [];
      const circle = [schedule.name, ...way].join(' → ');
      const message = `schedules include each other in a circle: ${circle}; take one of these layers out`;
      return [{ severity: 'error', at, message }];
    }),
  );
}

function includes(schedule: Schedule): ScheduleLayer[] {
  return schedule.layers.flatMap((layer) => ('schedule' in layer ? layer : []));
}

/** From `from` over included schedules to `target`, both named; breadth first, so the shortest. */
function wayTo(target: string, from: string, byName: ReadonlyMap<string, Schedule>): string[] | undefined {
  const ways: string[][] = [[from]];
  const seen = new Set<string>();
  for (const way of ways) {
    const name = way.at(-1) ?? from;
    if (name === target) return way;
    if (seen.has(name)) continue;
    seen.add(name);
    const schedule = byName.get(name);
    for (const layer of schedule ? includes(schedule) : []) ways.push([...way, layer.schedule]);
  }
  return undefined;
}
