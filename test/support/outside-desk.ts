import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type SmtpDesk, smtpDesk } from '../notifiers/smtp-desk.ts';

interface WebCall {
  readonly path: string;
  readonly text: string;
}

interface WebDesk {
  readonly url: string;
  readonly calls: readonly WebCall[];
  /** Only the calls whose path has this in it. */
  to(path: string): readonly WebCall[];
}

/** Whatever speaks HTTP and is not Slack: Teams, Twilio, a ticket system. It ends with the test. */
export async function webDesk(status = 201, answer: object = {}): Promise<WebDesk> {
  const calls: WebCall[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      calls.push({ path: request.url ?? '', text });
      response.writeHead(status).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, calls, to: (path) => calls.filter((call) => call.path.includes(path)) };
}

export interface MailDesk {
  readonly smtp: SmtpDesk;
  /** The `global:` of a configuration whose mail comes here. */
  readonly global: Readonly<Record<string, unknown>>;
}

/** A mail server that ends with the test. */
export async function mailDesk(): Promise<MailDesk> {
  const smtp = await smtpDesk();
  onTestFinished(() => smtp.close());
  const global = {
    smtp_smarthost: `127.0.0.1:${smtp.port}`,
    smtp_from: 'watchroom@example.com',
    smtp_require_tls: false,
  };
  return { smtp, global };
}
