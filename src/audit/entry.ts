/** Who did it: a Slack user id, a token's name or `system`; with the name people know and the way it came in. */
export interface AuditActor {
  readonly id: string;
  readonly name: string;
  readonly via: string;
}

/** One act, as it is told to the trail. `before` and `after` are plain data; absent where there was nothing. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: AuditActor;
  /** `incident.acknowledge`, `silence.create`, … */
  readonly action: string;
  /** What it was done to: an incident, silence or schedule id. */
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
