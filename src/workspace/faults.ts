/** A Web API fault, used up after `times` matching calls. */
export type ApiFault = {
  /** A method, or `*`. */
  readonly method: string;
  /** Only calls with this `channel` argument. */
  readonly channel?: string;
  /** Default 1. */
  readonly times?: number;
} /** `retryAfter` in seconds; null sends no header. Default 1. */ & (
  | { readonly kind: '429'; readonly retryAfter?: number | null }
  | { readonly kind: 'http500' }
  | { readonly kind: 'http503' }
  /** No answer and no effect: the socket hangs. */
  | { readonly kind: 'timeout' }
  /** The call takes effect, then the connection is cut: what makes duplicate posts. */
  | { readonly kind: 'accepted_then_dropped' }
  | { readonly kind: 'ok_false'; readonly error: string }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Half of the JSON body. */
  | { readonly kind: 'truncated' }
  /** A proxy's HTML page with status 200. */
  | { readonly kind: 'html' }
);

export type SocketFault =
  /** Cuts every Socket Mode connection now, without a frame. */
  | { readonly kind: 'ws_drop' }
  /** Announces a refresh on every connection, then closes it, as Slack does every few hours. */
  | { readonly kind: 'ws_refresh' }
  /** The next envelopes are sent twice. */
  | { readonly kind: 'dup_envelope'; readonly times?: number }
  /** The next acknowledgements count as too late: the person sees operation_timeout although the app acted. */
  | { readonly kind: 'late_ack'; readonly times?: number };

export type Fault = ApiFault | SocketFault;

const SOCKET_KINDS: readonly string[] = ['ws_drop', 'ws_refresh', 'dup_envelope', 'late_ack'];
const API_KINDS: readonly string[] = [
  '429',
  'http500',
  'http503',
  'timeout',
  'accepted_then_dropped',
  'ok_false',
  'slow',
  'truncated',
  'html',
];

/** Checks a fault that arrived as JSON; returns a complaint for people where it is none. */
export function readFault(raw: Readonly<Record<string, unknown>>): Fault | string {
  const kind = typeof raw['kind'] === 'string' ? raw['kind'] : '';
  if (SOCKET_KINDS.includes(kind)) return raw as unknown as SocketFault;
  if (!API_KINDS.includes(kind))
    return `unknown fault kind ${JSON.stringify(kind)}; known: ${[...API_KINDS, ...SOCKET_KINDS].join(', ')}`;
  if (typeof raw['method'] !== 'string') return 'a fault of the Web API needs `method` (a method name or *)';
  if (kind === 'ok_false' && typeof raw['error'] !== 'string') return 'ok_false needs `error`';
  if (kind === 'slow' && typeof raw['ms'] !== 'number') return 'slow needs `ms`';
  return raw as unknown as ApiFault;
}

/** Faults that wait for their moment. */
export class FaultPlan {
  readonly #api: { fault: ApiFault; left: number }[] = [];
  #duplicates = 0;
  #lateAcks = 0;

  add(fault: Fault): void {
    switch (fault.kind) {
      case 'dup_envelope':
        this.#duplicates += fault.times ?? 1;
        return;
      case 'late_ack':
        this.#lateAcks += fault.times ?? 1;
        return;
      case 'ws_drop':
      case 'ws_refresh':
        return;
      default:
        this.#api.push({ fault, left: fault.times ?? 1 });
    }
  }

  clear(): void {
    this.#api.length = 0;
    this.#duplicates = 0;
    this.#lateAcks = 0;
  }

  /** The fault for this call, counted as used. The oldest matching one goes first. */
  take(method: string, channel: string | undefined): ApiFault | undefined {
    const index = this.#api.findIndex(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method === '*' || fault.method === method) &&
        (fault.channel === undefined || fault.channel === channel),
    );
    const found = this.#api[index];
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.#api.splice(index, 1);
    return found.fault;
  }

  takeDuplicate(): boolean {
    if (this.#duplicates === 0) return false;
    this.#duplicates -= 1;
    return true;
  }

  takeLateAck(): boolean {
    if (this.#lateAcks === 0) return false;
    this.#lateAcks -= 1;
    return true;
  }

  /** For `/_state`: what is still waiting. */
  pending(): readonly (ApiFault & { readonly left: number })[] {
    return this.#api.map(({ fault, left }) => ({ ...fault, left }));
  }
}
