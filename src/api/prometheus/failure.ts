import { UserError } from '../../errors.ts';

/** Prometheus' kinds of failure. */
export type ErrorType =
  | 'bad_data'
  | 'execution'
  | 'not_found'
  | 'unavailable'
  | 'internal'
  | 'unauthorized'
  | 'forbidden';

const STATUS: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  execution: 422,
  internal: 500,
  unavailable: 503,
};

/** A request that is answered with Prometheus' error: `{"status":"error","errorType":…,"error":…}`. */
export class Failure extends UserError {
  readonly errorType: ErrorType;
  readonly statusCode: number;

  constructor(errorType: ErrorType, message: string, statusCode = STATUS[errorType]) {
    super(errorType, message);
    this.errorType = errorType;
    this.statusCode = statusCode;
  }

  get body(): unknown {
    return { status: 'error', errorType: this.errorType, error: this.message };
  }
}

export function badData(message: string): Failure {
  return new Failure('bad_data', message);
}

/** What an HTTP status of ours is among Prometheus' kinds. */
export function failureOfStatus(status: number, message: string): Failure {
  const known = (Object.keys(STATUS) as ErrorType[]).find((type) => STATUS[type] === status);
  return new Failure(known ?? (status < 500 ? 'bad_data' : 'internal'), message, status);
}
