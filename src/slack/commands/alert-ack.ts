import { toldOrAsked, unknownIncident } from '../look-up.ts';
import { defineCommand } from '../registry.ts';

export const alertAck = defineCommand({
  family: 'alert',
  name: 'ack',
  aliases: ['acknowledge'],
  usage: 'ack ID',
  summary: 'take it; the ladder stops',
  run({ words: [id], actor, now }, deps) {
    if (id === undefined) return unknownIncident(id, deps, now);
    return toldOrAsked(deps.actions.acknowledge(id, actor, now), id, deps, now);
  },
});
