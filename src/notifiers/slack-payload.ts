import { z } from 'zod';
import type { CardLine, SlackCardPayload, SlackLinePayload, SlackMessagePayload } from '../incident/card.ts';

const DESTINATION = z.union([
  z.object({ kind: z.literal('channel'), channel: z.string().min(1) }),
  z.object({ kind: z.literal('user'), user: z.string().min(1) }),
]);

/** Outbox rows outlive releases, so their JSON is checked as far as the sender relies on it. */
export const CARD_PAYLOAD: z.ZodType<SlackCardPayload> = z.object({ cardId: z.string() });

export const LINE_PAYLOAD = z.object({
  cardId: z.string(),
  // The kinds are those of the release that wrote the row; an older one is a subset.
  line: z.custom<CardLine>((value) => typeof value === 'object' && value !== null && 'kind' in value),
  broadcast: z.boolean(),
  to: DESTINATION.optional(),
}) satisfies z.ZodType<Omit<SlackLinePayload, 'to'>>;

export const MESSAGE_PAYLOAD = z.object({
  destination: DESTINATION,
  text: z.string(),
  blocks: z.array(z.unknown()).optional(),
}) satisfies z.ZodType<Pick<SlackMessagePayload, 'destination' | 'text'>>;
