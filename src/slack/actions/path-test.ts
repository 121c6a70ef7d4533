import { type Effects, reply } from '../effect.ts';
import type { SlackDeps } from '../ports.ts';
import { type ActRequest, defineAction } from '../registry.ts';
import { renderRefusal } from '../view/notice.ts';
import { renderPathTests } from '../view/path-test.ts';

export const pathRang = defineAction('path_rang', (request, deps) => answer(request, true, deps));
export const pathSilent = defineAction('path_silent', (request, deps) => answer(request, false, deps));

/** In place of the question. The test message itself asks about its own path alone. */
function answer({ interaction, actor, now }: ActRequest<'action'>, rang: boolean, deps: SlackDeps): Effects {
  const result = deps.pathTests?.answer(interaction.value, rang, actor, now);
  if (!result) return reply(renderRefusal('Nothing can be tested here.'));
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  const tests = interaction.ephemeral ? result.tests : result.tests.filter(({ id }) => id === interaction.value);
  return [{ kind: 'replace', message: renderPathTests(tests, deps.settings.commands.oncall) }];
}
