import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A model server whose one metric the campaign drives. Series stay exposed once they have been set. */
export interface Exporter {
  readonly target: string;
  set(metric: string, model: string, severity: string, value: number): void;
  /** Called as soon as a page with this value of this series has left. One listener at a time. */
  onShown(listener: (model: string, value: number) => void): void;
  close(): Promise<void>;
}

export async function startExporter(): Promise<Exporter> {
  const series = new Map<string, { readonly model: string; readonly value: number; shown: boolean }>();
  let listener: (model: string, value: number) => void = () => {};
  const server = createServer((_request, response) => {
    const page = [...series].map(([name, { value }]) => `${name} ${value}\n`).join('');
    const fresh = [...series.values()].filter(({ shown }) => !shown);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(page, () => {
      for (const entry of fresh) {
        entry.shown = true;
        listener(entry.model, entry.value);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (metric, model, severity, value) => {
      series.set(`${metric}{model_name="${model}",severity="${severity}"}`, { model, value, shown: false });
    },
    onShown: (next) => {
      listener = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
