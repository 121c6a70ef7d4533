import { toldOrAsked, unknownIncident } from '../look-up.ts';
import { told } from '../outcome.ts';
import { defineCommand } from '../registry.ts';
import { bold, esc, join, mrkdwn, person } from '../view/mrkdwn.ts';
import { renderNotice } from '../view/notice.ts';

export const alertResolve = defineCommand({
  family: 'alert',
  name: 'resolve',
  aliases: ['close'],
  usage: 'resolve ID',
  summary: 'close it; asks if it still holds',
  run({ words: [id, ...more], actor, now }, deps) {
    if (id === undefined) return unknownIncident(id, deps, now);
    const before = deps.incidents.state(id, now);
    const result = deps.actions.resolve(id, actor, now, more[0]?.toLowerCase() === 'anyway');
    if (result.kind !== 'done' || !result.changed || !before) return toldOrAsked(result, id, deps, now);
    const what = join([esc(before.model, 60), esc(before.alertName, 120)], ' ');
    return [
      { kind: 'say', message: renderNotice(mrkdwn`${person(actor.id)} resolved ${bold(what)}`) },
      ...told(result),
    ];
  },
});
