// What a reconcile says at its end: the contract between the stories and the engine.

/**
 * - `{}`: done, wait for a change
 * - `{ requeueAfterMs }`: done, run again then (the back-off starts anew)
 * - thrown `TerminalError`: do not retry, wait for a change
 * - anything else thrown: retry with back-off
 * - `{ retry: true }`: as a thrown error, but already told (status, log) by the story
 */
export interface Result {
  readonly requeueAfterMs?: number;
  readonly retry?: true;
}

/** -100 for what an initial list or a rotation adds, 0 for an event: a new namespace overtakes a fan-out. */
export type Priority = number;
export const LOW: Priority = -100;
export const NORMAL: Priority = 0;

/** What a run is told: its signal ends at the deadline, at shutdown, or when leadership is lost. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly runId: string;
}
