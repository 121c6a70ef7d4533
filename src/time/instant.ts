/** `2026-11-20T05:32:00.000Z`, for machines. People get local times. */
export function isoInstant(at: number): string {
  return new Date(at).toISOString();
}

/** Epoch ms of an ISO 8601 or HTTP date; undefined where the text is neither. */
export function parseInstant(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
