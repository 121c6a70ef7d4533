import { humanDuration } from '../time/duration.ts';
import type { IncidentEvent } from './timeline.ts';

/** One entry of a timeline in words, for a terminal or a log. @param nameOf how a person's id is written */
export function eventText(event: IncidentEvent, nameOf: (id: string) => string): string {
  switch (event.kind) {
    case 'opened':
      return `opened as ${event.priority}, receiver ${event.receiver}`;
    case 'paged_by_hand':
      return `${nameOf(event.by.id)} paged ${nameOf(event.to)} by hand`;
    case 'member_joined':
      return `alert ${event.fingerprint} joined`;
    case 'priority_raised':
      return `priority raised from ${event.from} to ${event.to}`;
    case 'paged':
      return `paged ${nameOf(event.person)} (level ${event.level + 1}${event.pass > 0 ? `, pass ${event.pass + 1}` : ''})`;
    case 'noticed':
      return `${nameOf(event.person)} had the notice`;
    case 'level_skipped':
      return `level ${event.level + 1} has nobody: ${event.targets.join(', ')}`;
    case 'channel_mentioned':
      return 'the channel was called';
    case 'unanswered':
      return event.passes > 0 ? 'nobody answered the page' : 'the page reached nobody';
    case 'ladder_started':
      return `ladder ${event.policy} started`;
    case 'ladder_stopped':
      return `ladder stopped: ${event.reason.replaceAll('_', ' ')}`;
    case 'muted':
      return `muted: ${event.mute.kind.replaceAll('_', ' ')} by ${event.mute.by}`;
    case 'unmuted':
      return `no longer muted by ${event.mute.by}`;
    case 'acknowledged':
      return `acknowledged by ${nameOf(event.by.id)} (${event.by.via})`;
    case 'reassigned':
      return `${nameOf(event.by.id)} passed it on to ${nameOf(event.person)}`;
    case 'asked_still_on_it':
      return `${nameOf(event.person)} was asked whether they are still on it`;
    case 'confirmed_still_on_it':
      return `${nameOf(event.by.id)} is still on it`;
    case 'retriggered':
      return `calls again: ${event.reason.replaceAll('_', ' ')}`;
    case 'resolved':
      return event.how === 'closed_by_hand'
        ? `closed by ${nameOf(event.by.id)}${event.conditionHolds ? ', condition still true' : ''}`
        : `resolved: ${event.how.replaceAll('_', ' ')}`;
    case 'reopened':
      return `open again: ${event.reason.replaceAll('_', ' ')}`;
    case 'silenced':
      return `silenced by ${nameOf(event.by.id)} for ${humanDuration(event.endsAt - event.at)} (${event.silenceId.slice(0, 8)})`;
    case 'verdict':
      return `${nameOf(event.by.id)} says ${event.verdict.replaceAll('_', ' ')}`;
    case 'verdict_undone':
      return `${nameOf(event.by.id)} took the verdict back`;
  }
}
