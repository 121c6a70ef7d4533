/** A request that is answered with an error, and the body that says so. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, message: string, body: unknown) {
    super(message);
    this.status = status;
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
