/** A pause in long work that other jobs, sockets and people may use; between two transactions, never within one. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
