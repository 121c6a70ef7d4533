import type { ActionHandler, ModalHandler, ShortcutHandler } from '../registry.ts';
import { acknowledge, confirmAcknowledge, stillOnIt } from './acknowledge.ts';
import { drillAcknowledge } from './drill.ts';
import { handOver } from './hand-over.ts';
import { handoffReachable } from './handoff.ts';
import { homeRefresh, homeSilences } from './home.ts';
import { dashboard, openCard } from './open-link.ts';
import { pageFormButton, pageRequest, pageSomebody } from './page.ts';
import { pathRang, pathSilent } from './path-test.ts';
import { reassign, reassignMessage, reassignSubmitted } from './reassign.ts';
import { resolve, resolveAnyway } from './resolve.ts';
import { runbook } from './runbook.ts';
import {
  coverTake,
  overrideEnd,
  schedule,
  swap,
  swapDecline,
  swapRequest,
  swapTake,
  swapWithdraw,
} from './scheduling.ts';
import { acknowledgeMessage, openIncidents, silenceAnAlert } from './shortcuts.ts';
import {
  silence,
  silenceExtend,
  silenceExtendResolved,
  silenceLetEnd,
  silencePreview,
  silenceUntilClear,
  unsilence,
} from './silence.ts';
import { silenceSubmitted } from './silence-modal.ts';
import { stormList } from './storm.ts';
import { falsePositive, notActionable, truePositive, undoVerdict } from './verdict.ts';

/** Every button and menu. */
export const actionHandlers: readonly ActionHandler[] = [
  acknowledge,
  confirmAcknowledge,
  stillOnIt,
  resolve,
  resolveAnyway,
  silence,
  silencePreview,
  silenceUntilClear,
  unsilence,
  silenceExtend,
  silenceExtendResolved,
  silenceLetEnd,
  truePositive,
  falsePositive,
  notActionable,
  undoVerdict,
  stormList,
  runbook,
  dashboard,
  openCard,
  handOver,
  reassign,
  handoffReachable,
  homeRefresh,
  homeSilences,
  swap,
  swapTake,
  coverTake,
  swapDecline,
  swapWithdraw,
  overrideEnd,
  schedule,
  pageFormButton,
  drillAcknowledge,
  pathRang,
  pathSilent,
];

/** Every modal that can be submitted. */
export const modalHandlers: readonly ModalHandler[] = [silenceSubmitted, swapRequest, pageRequest, reassignSubmitted];

/** Every entry of the shortcut menus. */
export const shortcutHandlers: readonly ShortcutHandler[] = [
  openIncidents,
  silenceAnAlert,
  acknowledgeMessage,
  reassignMessage,
  pageSomebody,
];
