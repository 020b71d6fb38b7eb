// Errors that tell the engine what to do next.

/** Only a change of an object can mend this: the controller does not retry. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** What may be shown of an unknown thrown value: its class and code, never its message, which may quote a secret. */
export function nameOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const code: unknown = (thrown as { code?: unknown }).code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : thrown.name;
}
