import type { SlackDeps } from './ports.ts';
import type { HomeView } from './view/block.ts';
import { renderHome } from './view/home.ts';

/** What the App Home shows at `now`. */
export function homeView(deps: SlackDeps, now: number): HomeView {
  return renderHome({
    incidents: deps.actions.list({ open: true }, now),
    schedules: deps.oncall?.who(now) ?? [],
    silences: deps.silences.list(now).length,
    now,
    commands: deps.settings.commands,
  });
}
