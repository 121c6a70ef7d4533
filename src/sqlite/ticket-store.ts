import type { TicketBook } from '../notifiers/ticket.ts';
import type { Ticket } from '../notifiers/ticket-api.ts';
import type { Db } from './db.ts';

export class SqliteTicketBook implements TicketBook {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  ticket(incidentId: string): Ticket | undefined {
    return this.#db.get<Ticket>('SELECT ticket_id AS id, url FROM ticket WHERE incident_id = ?', incidentId);
  }

  remember(incidentId: string, ticket: Ticket, at: number): void {
    this.#db.run(
      'INSERT INTO ticket (incident_id, ticket_id, url, opened_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      incidentId,
      ticket.id,
      ticket.url,
      at,
    );
  }
}
