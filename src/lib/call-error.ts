// Why a call out of the cluster got no answer.

/**
 * `code` is all that may be shown: EDEADLINE, ETOOLARGE, EADDRESS, EINSECURE, EREDIRECT, EPROXY with what the proxy answered
 * (EPROXY_407) or what kept us from it (EPROXY_ECONNREFUSED), or what the socket said.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: string;
  constructor(code: string, options?: ErrorOptions) {
    super(`call failed (${code})`, options);
    this.code = code;
  }
}
