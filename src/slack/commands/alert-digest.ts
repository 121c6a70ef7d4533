import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { renderDigest } from '../view/digest.ts';
import { renderRefusal } from '../view/notice.ts';

export const alertDigest = defineCommand({
  family: 'alert',
  name: 'digest',
  usage: 'digest',
  summary: 'was last week worth it?',
  run({ now }, deps) {
    return reply(deps.digest ? renderDigest(deps.digest(now)) : renderRefusal('No digest is kept here.'));
  },
});
