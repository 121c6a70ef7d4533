/**
 * The only error whose text is meant for a person. Anything else that is thrown is a defect: it is logged in full and shown
 * outside as "internal error".
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Stable and machine-readable, e.g. `invalid_document`, `not_found`, `forbidden`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
