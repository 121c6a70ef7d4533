import { episodeIn, type Heard, type ServiceAnswer, type ServiceCall } from './heard.ts';

export const REPOSITORY_NAME = 'ml/models';
export const TICKET_TOKEN = 'github-campaign-token';

export interface Issue {
  readonly number: number;
  readonly body: string;
  readonly episode: string;
  readonly comments: string[];
}

/** The part of GitHub's REST API about issues: it opens as many equal ones as it is asked to. */
export class TicketService {
  readonly issues: Issue[] = [];
  readonly heard: Heard[] = [];
  readonly refused: string[] = [];

  take({ method, path, headers, text, at }: ServiceCall): ServiceAnswer {
    if (headers['authorization'] !== `Bearer ${TICKET_TOKEN}`) return this.#refuse(401, 'Bad credentials');
    const [, within = ''] = new RegExp(`^/repos/${REPOSITORY_NAME}/issues(.*)$`).exec(path) ?? [];
    if (method === 'GET')
      return { status: 200, body: this.issues.toReversed().slice(0, perPage(within)).map(answerOf) };
    const { title, body } = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
    if (typeof body !== 'string' || body === '') return this.#refuse(422, 'body is missing');
    const [, number] = /^\/(\d+)\/comments$/.exec(within) ?? [];
    if (number !== undefined) {
      const issue = this.issues[Number(number) - 1];
      if (!issue) return this.#refuse(404, 'Not Found');
      issue.comments.push(body);
      this.heard.push({ kind: 'ticket', destination: 'ticket', episode: issue.episode, act: 'resolved', at });
      return { status: 201, body: { id: issue.comments.length } };
    }
    if (typeof title !== 'string' || title === '') return this.#refuse(422, 'title is missing');
    const issue: Issue = {
      number: this.issues.length + 1,
      body,
      episode: episodeIn(`${title}\n${body}`),
      comments: [],
    };
    this.issues.push(issue);
    this.heard.push({ kind: 'ticket', destination: 'ticket', episode: issue.episode, act: 'firing', at });
    return { status: 201, body: answerOf(issue) };
  }

  #refuse(status: number, message: string): ServiceAnswer {
    this.refused.push(`ticket: ${status} ${message}`);
    return { status, body: { message } };
  }
}

function perPage(query: string): number {
  return Number(new URLSearchParams(query.slice(1)).get('per_page') ?? 30);
}

function answerOf({ number, body }: Issue): Readonly<Record<string, unknown>> {
  return { number, body, html_url: `https://github.example/${REPOSITORY_NAME}/issues/${number}` };
}
