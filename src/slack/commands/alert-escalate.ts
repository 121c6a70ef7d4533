import { unknownIncident } from '../look-up.ts';
import { told } from '../outcome.ts';
import { defineCommand } from '../registry.ts';

export const alertEscalate = defineCommand({
  family: 'alert',
  name: 'escalate',
  usage: 'escalate ID',
  summary: 'tell the next level of the ladder now',
  run({ words: [id], actor, now }, deps) {
    const result = id === undefined ? undefined : deps.handOver?.(id, actor, now);
    const isUnknown = result === undefined || (result.kind === 'refused' && result.code === 'not_found');
    return isUnknown ? unknownIncident(id, deps, now) : told(result);
  },
});
