// What the fault proxy is scripted with: which requests a rule is for, and what happens to them.
import type { RequestInfo } from '../../src/sandbox/request-info.ts';
import type { Body } from './raw-client.ts';

/** All that is given must fit; `nth` and `times` count the requests that do. */
export interface Match {
  readonly verb?: RequestInfo['verb'];
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** The bearer token: one client of several. */
  readonly token?: string;
  /** Only the nth of them, from 1. */
  readonly nth?: number;
  /** Only the first so many. */
  readonly times?: number;
}

/** A watch event as it passes; rewriting makes new ones. */
export interface PassingEvent {
  readonly type: string;
  readonly object: Partial<Body>;
}

/** What happens to a request. */
export type Fault =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | {
      readonly kind: 'answer';
      readonly code: number;
      readonly body: string | object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The request never reaches the server. */
  | { readonly kind: 'resetBefore' }
  /** The server did it, the answer is lost. */
  | { readonly kind: 'resetAfter' }
  /** Waits for release(): before the request is passed on, or with the answer in hand. */
  | { readonly kind: 'hold' | 'holdAnswer' }
  /** A watch that stays open and says nothing. */
  | { readonly kind: 'blackHole' }
  /** A watch that is reset after so many events; a list or object cut in half. */
  | { readonly kind: 'cut'; readonly afterEvents?: number }
  /** Each event becomes the events returned: none drops it, two inject one. */
  | { readonly kind: 'rewriteEvents'; readonly rewrite: (event: PassingEvent) => readonly PassingEvent[] }
  /** The parsed body of an answer (a list, an object) becomes another. */
  | { readonly kind: 'rewriteBody'; readonly rewrite: (body: Body) => unknown };

/** A rule in force. */
export interface FaultRule {
  /** How many requests fitted, whether the fault was applied or not. */
  readonly matches: number;
  /** How often the fault was applied. */
  readonly hits: number;
  /** Resolves when the fault was first applied (a held request: when it is held; a lost answer: when it is lost). */
  readonly caught: Promise<void>;
  /** Lets held requests go on, and all later ones pass at once. */
  release(): void;
  /** From now on nothing is done to such requests; held ones go on. */
  remove(): void;
}

/** A request on its way through the proxy. */
export interface Passing {
  readonly info: RequestInfo | undefined;
  readonly token: string;
  readonly contentType?: string;
  /** Its body, once it was read. */
  text?: string;
}

/** The rule as the proxy works with it. */
export class ActiveRule implements FaultRule {
  matches = 0;
  hits = 0;
  readonly caught: Promise<void>;
  readonly released: Promise<void>;
  readonly fault: Fault;
  readonly #match: Match;
  #isRemoved = false;
  #catch: () => void = () => undefined;
  #release: () => void = () => undefined;

  constructor(match: Match, fault: Fault) {
    this.#match = match;
    this.fault = fault;
    this.caught = new Promise((resolve) => (this.#catch = resolve));
    this.released = new Promise((resolve) => (this.#release = resolve));
  }

  /** Counts a request that fits; true when the fault is for it. */
  takes(passing: Passing): boolean {
    if (this.#isRemoved || !fits(this.#match, passing)) return false;
    this.matches += 1;
    const { nth, times } = this.#match;
    return nth === undefined ? this.matches <= (times ?? Infinity) : this.matches === nth;
  }

  wasCaught(): void {
    this.hits += 1;
    this.#catch();
  }

  isOver = false;

  release(): void {
    this.isOver = true;
    this.#release();
  }

  remove(): void {
    this.#isRemoved = true;
    this.release();
  }
}

export function fits(match: Match, { info, token }: Passing): boolean {
  const { verb, resource, namespace, name, subresource } = match;
  if (match.token !== undefined && match.token !== token) return false;
  return (
    (verb === undefined || info?.verb === verb) &&
    (resource === undefined || info?.plural === resource) &&
    (namespace === undefined || info?.namespace === namespace) &&
    (name === undefined || info?.name === name) &&
    (subresource === undefined || info?.subresource === subresource)
  );
}
