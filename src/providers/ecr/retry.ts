// When the AWS SDK sends a request again: once, after a refusal that was about the time.

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

/** As much of the SDK's interface as it uses. */
export interface RetryStrategy {
  readonly mode: 'standard';
  acquireInitialRetryToken(): Promise<RetryToken>;
  refreshRetryTokenForRetry(token: RetryToken, info: { readonly error?: unknown }): Promise<RetryToken>;
  recordSuccess(): void;
}

/** By then the SDK has taken the server's clock for ours; every other back-off is the engine's. */
export function onceMoreIf(isSkewed: () => boolean): RetryStrategy {
  return {
    mode: 'standard',
    acquireInitialRetryToken: () => Promise.resolve(attempt(0)),
    refreshRetryTokenForRetry(token, { error }) {
      const isWorthIt = token.getRetryCount() === 0 && isAboutTime(error) && isSkewed();
      return isWorthIt ? Promise.resolve(attempt(1)) : Promise.reject(new Error('not again'));
    },
    recordSuccess: () => undefined,
  };
}

function isAboutTime(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:InvalidSignature|SignatureDoesNotMatch|RequestExpired|RequestTimeTooSkewed)/.test(error.name)
  );
}

function attempt(count: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}
