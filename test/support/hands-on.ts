import { expect } from 'vitest';
import type { ClickTarget } from '../../src/workspace/act.ts';
import type { Message } from '../../src/workspace/model.ts';
import { directMessages, pages } from './on-call-world.ts';
import type { World } from './world.ts';

/** Slack takes one message a second to one place, and lets a form be opened for three seconds after the press. */
const AFTERWARDS = 2000;

/** An act that Slack takes, and all that the bot does about it. */
export async function done(world: World, act: Promise<unknown>): Promise<void> {
  const answer = await act;
  expect(answer, JSON.stringify(answer)).toMatchObject({ ok: true });
  await world.workspace.settled();
  await world.pass(AFTERWARDS);
}

/** Types a slash command in #ml-alerts, whoever is answered. */
export async function command(world: World, user: string, line: string): Promise<void> {
  await done(world, world.workspace.act.command(user, 'ml-alerts', line));
}

/** Types a slash command in #ml-alerts; returns what the person alone was told. */
export async function say(world: World, user: string, line: string): Promise<string> {
  const before = world.workspace.state.ephemerals(user).length;
  expect(await world.workspace.act.command(user, 'ml-alerts', line)).toMatchObject({ ok: true });
  await world.workspace.until((state) => state.ephemerals(user).length > before);
  await world.pass(AFTERWARDS);
  return world.workspace.state.ephemerals(user).slice(before).map(wordsAndBlocks).join('\n');
}

/** Presses a button on a message; `more` says which one where several have the same action. */
export async function pressOn(
  world: World,
  user: string,
  message: Pick<Message, 'channel' | 'ts'> | undefined,
  actionId: string,
  more: Pick<ClickTarget, 'blockId'> = {},
): Promise<void> {
  const target = { channel: message?.channel ?? '', ts: message?.ts ?? '', actionId, ...more };
  await done(world, world.workspace.act.click(user, target));
}

/** Presses a button on the last direct message to the person. */
export async function press(world: World, user: string, actionId: string): Promise<void> {
  await pressOn(world, user, directMessages(world, [user]).at(-1), actionId);
}

/** Until the first page is out. */
export async function firstPage(world: World): Promise<void> {
  while (pages(world).length === 0) await world.pass(10_000);
}

/** What everybody reads in #ml-alerts, message by message: the words and the blocks. */
export function publicly(world: World): string[] {
  return world.workspace.state.messages('ml-alerts').map(wordsAndBlocks);
}

/** The first card in #ml-alerts: its blocks. */
export function firstCard(world: World): string {
  return JSON.stringify(world.workspace.state.messages('ml-alerts')[0]?.blocks);
}

function wordsAndBlocks({ text, blocks }: Pick<Message, 'text' | 'blocks'>): string {
  return `${text}\n${JSON.stringify(blocks)}`;
}
