import { type Effects, reply } from '../effect.ts';
import { wording } from '../look.ts';
import type { SlackDeps } from '../ports.ts';
import { type CommandRequest, defineCommand } from '../registry.ts';
import { renderDrillReport } from '../view/drill.ts';
import { bold, code, esc, mrkdwn } from '../view/mrkdwn.ts';
import { renderNotice, renderRefusal } from '../view/notice.ts';

const NO_DRILLS: Effects = reply(renderRefusal('No drills are held here.'));

export const oncallDrill = defineCommand({
  family: 'oncall',
  name: 'drill',
  usage: 'drill [POLICY]|last|stop',
  summary: 'rehearse a ladder in working hours: the seconds per level, and who cannot be reached',
  run(request, deps) {
    const { rest, actor, now } = request;
    const desk = deps.drills;
    if (!desk) return NO_DRILLS;
    if (/^(?:last|report|status)$/i.test(rest)) return lastDrill(deps);
    if (!/^(?:stop|end|cancel)$/i.test(rest)) return start(request, deps);
    const result = desk.callOff(actor, now);
    return reply(
      result.kind === 'done' ? renderNotice(mrkdwn`The drill is called off.`) : renderRefusal(result.message),
    );
  },
});

function start({ rest, actor, now }: CommandRequest, deps: SlackDeps): Effects {
  const policy = rest.replaceAll('"', '').trim();
  const result = deps.drills?.start({ policy: policy === '' ? undefined : policy }, actor, now);
  if (!result) return NO_DRILLS;
  const command = deps.settings.commands.oncall;
  if (result.kind === 'refused') return reply(renderRefusal(result.message));
  const { drill } = result;
  const where = drill.channel === undefined ? mrkdwn`` : mrkdwn`; the report comes to ${esc(drill.channel, 80)}`;
  return reply(
    renderNotice(
      mrkdwn`🧪 *DRILL* of ${bold(esc(drill.policy, 80))} begins${where}. ${code(`${command} drill stop`)} ends it.`,
    ),
  );
}

function lastDrill(deps: SlackDeps): Effects {
  const report = deps.drills?.last();
  if (!report) return reply(renderRefusal('No drill has been held yet.'));
  return reply(renderDrillReport(report, wording(deps), deps.settings.commands.oncall));
}
