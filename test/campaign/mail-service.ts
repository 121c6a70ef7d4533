import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { episodeIn, type Heard } from './heard.ts';

export interface MailService {
  readonly port: number;
  readonly heard: Heard[];
  /** Mails by Message-ID, by which readers know a duplicate: how often each came. */
  readonly copies: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What becomes of a mail that is about to be accepted. */
export interface MailFate {
  /** It is kept. */
  readonly takes: boolean;
  /** The connection ends instead of an answer. */
  readonly hangsUp: boolean;
}

/** A real SMTP server. @param fate asked once per mail, before it is accepted; `accepted` is called once it is. */
export async function startMailService(fate: () => MailFate, accepted: () => void): Promise<MailService> {
  const heard: Heard[] = [];
  const copies = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    closeTimeout: 50,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { takes, hangsUp } = fate();
        if (takes) {
          const [to] = session.envelope.rcptTo;
          const mail = Buffer.concat(chunks).toString('utf8');
          const id = /^Message-ID: (.*)\r$/im.exec(mail)?.[1] ?? '';
          copies.set(id, (copies.get(id) ?? 0) + 1);
          heard.push({
            kind: 'email',
            destination: `email:${to?.address}`,
            episode: episodeIn(unfolded(mail)),
            act: /^Subject: .*resolved/im.test(mail) ? 'resolved' : 'firing',
            at: Date.now(),
          });
          accepted();
        }
        if (hangsUp) for (const socket of sockets) socket.destroy();
        else callback();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    heard,
    copies,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Quoted-printable breaks lines anywhere. */
function unfolded(mail: string): string {
  return mail.replaceAll('=\r\n', '').replaceAll(/\r\n /g, ' ');
}
