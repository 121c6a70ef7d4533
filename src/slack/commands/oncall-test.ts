import { reply } from '../effect.ts';
import { defineCommand } from '../registry.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderPathTests } from '../view/path-test.ts';

export const oncallTest = defineCommand({
  family: 'oncall',
  name: 'test',
  usage: 'test',
  summary: 'a test page to you alone, on every way that leads to you: does it ring?',
  run({ actor, now }, deps) {
    const result = deps.pathTests?.start(actor, now);
    if (!result) return reply(renderRefusal('Nothing can be tested here.'));
    if (result.kind === 'refused') return reply(renderRefusal(result.message));
    return reply(renderPathTests(result.tests, deps.settings.commands.oncall));
  },
});
