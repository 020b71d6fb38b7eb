// How far the clock of another side is ahead of ours, by the `Date` of its answers.
import type { Clock } from './clock.ts';

// HTTP dates have no fractions and travel for a while: less than this is no skew.
const LEAST_SKEW_MS = 60_000;

/** 0 where the header says nothing, or the clocks hardly differ. */
export function skewOf(header: string | null, now: Date): number {
  const skewMs = Date.parse(header ?? '') - now.getTime();
  return Number.isFinite(skewMs) && Math.abs(skewMs) > LEAST_SKEW_MS ? skewMs : 0;
}

/** The same client; every answer that says what time it is, is noticed. */
export function noticingSkew(
  fetch: typeof globalThis.fetch,
  { now }: Pick<Clock, 'now'>,
  noticed: (skewMs: number) => void,
): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const date = response.headers.get('date');
    if (date !== null) noticed(skewOf(date, now()));
    return response;
  };
}
