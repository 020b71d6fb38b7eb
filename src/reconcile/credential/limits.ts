// Limits of calls out: so many at once and a second for each endpoint, fairly shared by home namespaces, so that a tenant with
// thousands of credentials does not delay the others.
import type { Clock } from '../../lib/clock.ts';

export interface Limits {
  /** Runs the call when its turn has come. */
  run<Value>(turn: Turn, call: () => Promise<Value>): Promise<Value>;
  /** How many endpoints are known: those where nothing happens are forgotten. */
  readonly size: number;
}

/** Of one endpoint. */
export interface Limit {
  readonly atOnce: number;
  readonly aSecond: number;
}

export interface Turn {
  readonly endpoint: string;
  /** The home namespace: each gets its turn. */
  readonly home: string;
}

const DEFAULT: Limit = { atOnce: 5, aSecond: 10 };
const SECOND_MS = 1000;

interface Endpoint {
  inFlight: number;
  /** Monotonic: when the latest calls began. */
  readonly begun: number[];
  /** By home, in the order of their turns; the one served goes to the end. */
  readonly waiting: Map<string, (() => void)[]>;
  isTimed: boolean;
}

export function createLimits(clock: Clock, limit: Limit = DEFAULT): Limits {
  /** The one that was used last is last. */
  const endpoints = new Map<string, Endpoint>();

  function endpointOf(name: string): Endpoint {
    const endpoint: Endpoint = endpoints.get(name) ?? { inFlight: 0, begun: [], waiting: new Map(), isTimed: false };
    endpoints.delete(name);
    for (const [other, one] of endpoints) {
      if (!isIdle(one, clock)) break;
      endpoints.delete(other);
    }
    endpoints.set(name, endpoint);
    return endpoint;
  }

  function release(endpoint: Endpoint): void {
    for (let next = nextTurn(endpoint, limit, clock); next !== undefined; next = nextTurn(endpoint, limit, clock)) {
      endpoint.inFlight += 1;
      endpoint.begun.push(clock.monotonicMs());
      next();
    }
    const waitMs = rateWaitMs(endpoint, limit, clock);
    if (endpoint.waiting.size === 0 || waitMs === 0 || endpoint.isTimed) return;
    endpoint.isTimed = true;
    clock.after(waitMs, () => {
      endpoint.isTimed = false;
      release(endpoint);
    });
  }

  return {
    async run({ endpoint: name, home }, call) {
      const endpoint = endpointOf(name);
      await new Promise<void>((resolve) => {
        const queue = endpoint.waiting.get(home);
        if (queue) queue.push(resolve);
        else endpoint.waiting.set(home, [resolve]);
        release(endpoint);
      });
      try {
        return await call();
      } finally {
        endpoint.inFlight -= 1;
        release(endpoint);
      }
    },
    get size() {
      return endpoints.size;
    },
  };
}

/** The next in line, if the limits let it go. */
function nextTurn(endpoint: Endpoint, limit: Limit, clock: Clock): (() => void) | undefined {
  if (endpoint.inFlight >= limit.atOnce || rateWaitMs(endpoint, limit, clock) > 0) return undefined;
  const [first] = endpoint.waiting;
  if (first === undefined) return undefined;
  const [home, queue] = first;
  const next = queue.shift();
  endpoint.waiting.delete(home);
  if (queue.length > 0) endpoint.waiting.set(home, queue); // to the end
  return next;
}

function rateWaitMs({ begun }: Endpoint, { aSecond }: Limit, clock: Clock): number {
  const nowMs = clock.monotonicMs();
  while (begun[0] !== undefined && begun[0] <= nowMs - SECOND_MS) begun.shift();
  return begun.length < aSecond ? 0 : (begun[0] ?? nowMs) + SECOND_MS - nowMs;
}

function isIdle({ inFlight, waiting, begun }: Endpoint, clock: Clock): boolean {
  const [latest = -Infinity] = begun.slice(-1);
  return inFlight === 0 && waiting.size === 0 && latest <= clock.monotonicMs() - SECOND_MS;
}
