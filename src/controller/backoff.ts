// How long a key waits after its nth failure in a row: client-go's exponential ladder with a lower cap and jitter.

const BASE_MS = 5;
const CAP_MS = 5 * 60 * 1000;
const JITTER = 0.1;
// 5 ms * 2^16 is past the cap: a higher power says nothing new and would end at Infinity.
const LAST_STEP = 16;

/** The delay after `failures` earlier failures (0: the first one), +-10 %; `random` is in [0, 1). */
export function backoffMs(failures: number, random: () => number): number {
  const ladderMs = Math.min(BASE_MS * 2 ** Math.min(failures, LAST_STEP), CAP_MS);
  return ladderMs * (1 - JITTER + 2 * JITTER * random());
}
