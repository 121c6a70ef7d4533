import { UserError } from '../../errors.ts';

/** A request that is answered with an error, and the body that says so. */
export class Refusal extends UserError {
  readonly statusCode: number;
  readonly body: unknown;

  constructor(statusCode: number, message: string, body: unknown) {
    super('refused', message);
    this.statusCode = statusCode;
    this.body = body;
  }
}

/** What Alertmanager's handlers answer: the reason, as a JSON string. */
export function refusal(status: number, message: string): Refusal {
  return new Refusal(status, message, message);
}

/** What its generated validation answers: a code and the reason. The codes are go-openapi's. */
export function invalid(code: number, message: string): Refusal {
  return new Refusal(code < 600 ? code : 422, message, { code, message });
}

export function required(name: string): Refusal {
  return invalid(602, `${name} in body is required`);
}
