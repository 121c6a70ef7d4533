import type { Routes } from './server.ts';

/** Whether a part of the house works; `detail` is for people. */
export interface PartHealth {
  readonly part: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface OperationsPorts {
  /** Parts without which alerts are lost; all must be well for `/-/ready`. */
  readonly health: () => readonly PartHealth[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Why the process should be started anew, where it should; a part that lies outside of it is no reason. */
  readonly stuck?: () => string | undefined;
  /** All or nothing: throws UserError and changes nothing where the new configuration is bad. */
  readonly reload: () => Promise<readonly string[]>;
}

/** `/-/healthy`, `/-/ready`, `/-/reload`, `/metrics`: the words of Prometheus. */
export function operationsRoutes(ports: OperationsPorts): Routes {
  return (server) => {
    server.get('/-/healthy', { config: { needs: 'open' } }, async (_request, reply) => {
      const stuck = ports.stuck?.();
      await reply
        .code(stuck === undefined ? 200 : 503)
        .type('text/plain')
        .send(stuck === undefined ? 'Watchroom is healthy.\n' : `Watchroom is stuck: ${stuck}.\n`);
    });
    server.get('/-/ready', { config: { needs: 'open' } }, async (request, reply) => {
      const parts = ports.health();
      const ready = parts.every((part) => part.ok);
      // A stranger hears whether, not what.
      const told = request.caller.kind === 'unknown' ? [] : parts;
      const lines = told.map((part) => `${part.ok ? 'ok  ' : 'FAIL'} ${part.part}: ${part.detail}`);
      await reply
        .code(ready ? 200 : 503)
        .type('text/plain')
        .send(`${[ready ? 'Watchroom is ready.' : 'Watchroom is not ready.', ...lines].join('\n')}\n`);
    });
    server.post('/-/reload', async (_request, reply) => {
      const warnings = await ports.reload();
      await reply.type('text/plain').send(['Reloaded.', ...warnings, ''].join('\n'));
    });
    server.get('/metrics', async (_request, reply) => {
      const { contentType, body } = await ports.metrics();
      await reply.type(contentType).send(body);
    });
  };
}
