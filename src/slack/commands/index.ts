import type { Subcommand } from '../registry.ts';
import { alertAck } from './alert-ack.ts';
import { alertDigest } from './alert-digest.ts';
import { alertEscalate } from './alert-escalate.ts';
import { alertHealth } from './alert-health.ts';
import { alertList } from './alert-list.ts';
import { alertReassign } from './alert-reassign.ts';
import { alertResolve } from './alert-resolve.ts';
import { alertRunbook } from './alert-runbook.ts';
import { alertShow } from './alert-show.ts';
import { alertSilence } from './alert-silence.ts';
import { alertSilences } from './alert-silences.ts';
import { alertUnsilence } from './alert-unsilence.ts';
import { alertWhy } from './alert-why.ts';
import { oncallCover } from './oncall-cover.ts';
import { oncallDrill } from './oncall-drill.ts';
import { oncallGaps } from './oncall-gaps.ts';
import { oncallMe } from './oncall-me.ts';
import { oncallOverride } from './oncall-override.ts';
import { oncallPage } from './oncall-page.ts';
import { oncallSchedule } from './oncall-schedule.ts';
import { oncallSwap } from './oncall-swap.ts';
import { oncallTake } from './oncall-take.ts';
import { oncallTest } from './oncall-test.ts';
import { oncallWho } from './oncall-who.ts';

/** Every subcommand, in the order in which `help` shows them; `help` itself is made from this list. */
export const subcommands: readonly Subcommand[] = [
  alertList,
  alertShow,
  alertAck,
  alertEscalate,
  alertReassign,
  alertResolve,
  alertSilence,
  alertSilences,
  alertUnsilence,
  alertWhy,
  alertRunbook,
  alertDigest,
  alertHealth,
  oncallWho,
  oncallMe,
  oncallSchedule,
  oncallSwap,
  oncallCover,
  oncallTake,
  oncallOverride,
  oncallGaps,
  oncallPage,
  oncallTest,
  oncallDrill,
];
