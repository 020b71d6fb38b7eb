// What may be published of a token endpoint's answer: a token that is one word, and a life that makes sense.
import { sensitive } from './sensitive.ts';
import type { Sensitive } from './sensitive.ts';

export interface TokenLife {
  readonly expiresAt: Date;
  /** `nominal`: the answer's end was missing, or later than any documented life. */
  readonly expirySource: 'response' | 'nominal';
}

const LARGEST_TOKEN = 64 * 1024;
// Ten percent over the longest documented life is believed, a hundred times it is milliseconds or nonsense.
const SLACK = 1.1;
const NONSENSE = 100;

/** A token without white space and control characters; undefined for anything else. */
export function tokenOf(value: unknown): Sensitive | undefined {
  const isToken = typeof value === 'string' && value.length < LARGEST_TOKEN && /^[\x21-\x7e]+$/.test(value);
  return isToken ? sensitive(value) : undefined;
}

/** A life in seconds, counted from when the token was asked for. Undefined: it makes no sense. */
export function lifeOf(seconds: unknown, sentAt: Date, longestSeconds: number): TokenLife | undefined {
  if (seconds === undefined || seconds === null) return lifeUntil(undefined, sentAt, longestSeconds);
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < longestSeconds * NONSENSE)) return undefined;
  return lifeUntil(new Date(sentAt.getTime() + seconds * 1000), sentAt, longestSeconds);
}

/** An end; the longest documented life in place of one that is missing or later than that. */
export function lifeUntil(expiresAt: Date | undefined, sentAt: Date, longestSeconds: number): TokenLife {
  const lifeMs = longestSeconds * 1000;
  const isBelieved = expiresAt !== undefined && expiresAt.getTime() <= sentAt.getTime() + lifeMs * SLACK;
  if (isBelieved) return { expiresAt, expirySource: 'response' };
  return { expiresAt: new Date(sentAt.getTime() + lifeMs), expirySource: 'nominal' };
}
