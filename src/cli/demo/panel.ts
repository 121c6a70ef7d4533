import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { z } from 'zod';
import type { Fleet } from '../../fleet/fleet.ts';
import { clockTime } from '../../time/wall-clock.ts';

export interface PanelOptions {
  readonly fleet: Fleet;
  readonly now: () => number;
  readonly speed: () => number;
  readonly setSpeed: (speed: number) => void;
  readonly zone: string;
}

export interface Panel {
  readonly url: string;
  close(): Promise<void>;
}

const FaultChange = z.strictObject({ model: z.string(), fault: z.string(), on: z.boolean() });
const SpeedChange = z.strictObject({ speed: z.number().min(0.1).max(1000) });

/** The fault and speed panel that stands beside the workspace's page. */
export async function startPanel(options: PanelOptions): Promise<Panel> {
  const { fleet } = options;
  const server = Fastify({ forceCloseConnections: true });
  const asset = (name: string, type: string): void => {
    server.get(`/${name}`, async (_request, reply) => {
      await reply.type(type).send(await readFile(new URL(`page/${name}`, import.meta.url)));
    });
  };
  asset('panel.html', 'text/html; charset=utf-8');
  asset('panel.js', 'text/javascript; charset=utf-8');
  server.get('/state', async () => ({
    time: clockTime(options.now(), options.zone),
    speed: options.speed(),
    models: fleet.faults().map(({ model, name, version, environment, faults }) => ({
      id: model,
      name,
      version,
      environment,
      region: fleet.models.find(({ id }) => id === model)?.region ?? '',
      faults: Object.entries(faults).map(([fault, intensity]) => ({ name: fault, on: intensity > 0 })),
    })),
  }));
  server.post('/fault', async (request) => {
    const { model, fault, on } = FaultChange.parse(request.body);
    fleet.setFault(model, fault, on);
    return {};
  });
  server.post('/speed', async (request) => {
    options.setSpeed(SpeedChange.parse(request.body).speed);
    return {};
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/panel.html`, close: () => server.close() };
}
