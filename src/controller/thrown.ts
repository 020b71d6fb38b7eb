// What may be known of a thrown value: its kind, and what a log line shows of it.
import type { KubeError } from '../kube/client.ts';
import { TerminalError, nameOf } from '../lib/errors.ts';

const MOST_FRAMES = 8;

/** By name, so that the engine needs nothing but the type of the port. */
export function isKubeError(thrown: unknown): thrown is KubeError {
  return thrown instanceof Error && thrown.name === 'KubeError';
}

/** A fault of the code, where Go would panic: no state of the world explains it. */
export function isProgrammingError(thrown: unknown): boolean {
  const kinds = [TypeError, ReferenceError, RangeError, SyntaxError];
  return !(thrown instanceof Error) || kinds.some((kind) => thrown instanceof kind);
}

/** Our own two kinds of errors hold our own words; of others the class or code, since a message may quote a secret. */
export function describeThrown(thrown: unknown): string {
  return thrown instanceof TerminalError || isKubeError(thrown) ? thrown.message : nameOf(thrown);
}

/** Where it was thrown: the stack without its head, which repeats the message. */
export function framesOf(thrown: unknown): readonly string[] {
  if (!(thrown instanceof Error) || !thrown.stack) return [];
  const head = `${thrown.name}: ${thrown.message}\n`;
  if (!thrown.stack.startsWith(head)) return [];
  const frames = thrown.stack.slice(head.length).split('\n');
  return frames.slice(0, MOST_FRAMES).map((frame) => frame.trim());
}
