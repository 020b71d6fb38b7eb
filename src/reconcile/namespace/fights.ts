// Somebody else undoes what we write, again and again: after a few restores we slow down and say so, since two writers
// in a loop load the API server and help nobody.
import { conditionMessage } from '../../api/reasons.ts';
import type { Clock } from '../../lib/clock.ts';
import { readPullSecrets } from '../marker.ts';
import type { FightsPort } from '../ports.ts';
import type { NamespaceFailure } from './converge.ts';
import type { Action } from './plan.ts';
import { hashOf } from './template.ts';

const WINDOW_MS = 10 * 60_000;
const FREE_RESTORES = 3;
const SLOW_RESTORE_MS = 5 * 60_000;
const REMEMBERED = 20_000;

interface Writes {
  readonly content: string;
  /** When the same content was written again, the last ten minutes of it. */
  readonly restores: readonly number[];
  /** Three in ten minutes; over when one of them has stood for ten minutes. */
  readonly isFight: boolean;
}

const NO_FIGHT: Omit<Writes, 'content'> = { restores: [], isFight: false };

/** Three restores of one object in ten minutes are free, then one in five minutes until ten minutes are calm. */
export function createFights(clock: Clock): FightsPort {
  const writes = new Map<string, Writes>();
  const recent = (object: string, content: string): Omit<Writes, 'content'> => {
    const last = writes.get(object);
    if (last?.content !== content) return NO_FIGHT;
    const restores = last.restores.filter((at) => clock.monotonicMs() - at < WINDOW_MS);
    return { restores, isFight: restores.length > 0 && last.isFight };
  };
  return {
    waitMs(object, content) {
      const { restores, isFight } = recent(object, content);
      return isFight ? Math.max(0, (restores.at(-1) ?? 0) + SLOW_RESTORE_MS - clock.monotonicMs()) : 0;
    },
    wrote(object, content) {
      const isRestore = writes.get(object)?.content === content;
      const before = recent(object, content);
      const restores = isRestore ? [...before.restores, clock.monotonicMs()] : [];
      writes.delete(object); // to the young end
      writes.set(object, { content, restores, isFight: before.isFight || restores.length >= FREE_RESTORES });
      if (writes.size > REMEMBERED) writes.delete(writes.keys().next().value ?? '');
    },
  };
}

export interface HeldBack {
  readonly actions: readonly Action[];
  readonly heldBack: readonly NamespaceFailure[];
  readonly waitMs: number | undefined;
}

/** Takes out the restores that came too often. */
export function holdBackFights(actions: readonly Action[], fights: FightsPort): HeldBack {
  const kept: Action[] = [];
  const heldBack: NamespaceFailure[] = [];
  const waits: number[] = [];
  for (const action of actions) {
    const subject = subjectOf(action);
    const waitMs = subject ? fights.waitMs(subject.object, subject.content) : 0;
    kept.push(...(waitMs === 0 ? [action] : uncontested(action)));
    if (waitMs > 0) heldBack.push(contentionOf(action));
    if (waitMs > 0) waits.push(waitMs);
  }
  return { actions: kept, heldBack, waitMs: waits.length === 0 ? undefined : Math.min(...waits) };
}

/** Counts a write that succeeded: one that the server refused was not undone by anybody. */
export function noteWrite(action: Action, fights: FightsPort): void {
  const subject = subjectOf(action);
  if (subject) fights.wrote(subject.object, subject.content);
}

/** What may be fought over: the content of a Secret, and an entry that our annotation says we added, and that is gone. */
function subjectOf(action: Action): { readonly object: string; readonly content: string } | undefined {
  if (action.kind === 'SetEntries') {
    const restored = restoredBy(action);
    return restored.length === 0 ? undefined : { object: action.serviceAccount.uid, content: restored.join() };
  }
  if (action.kind !== 'UpdateSecret') return undefined;
  return {
    object: action.found.uid,
    content: action.secret.config.hash + hashOf(action.secret.markerText.common),
  };
}

type SetEntries = Extract<Action, { kind: 'SetEntries' }>;

function restoredBy({ attach, serviceAccount }: SetEntries): readonly string[] {
  const annotated = readPullSecrets(serviceAccount.pullSecrets);
  return attach.filter((name) => annotated.includes(name));
}

/** The other entries of the ServiceAccount go on: a Secret is deleted on the word that its entry is off. */
function uncontested(action: Action): readonly Action[] {
  if (action.kind !== 'SetEntries') return [];
  const restored = restoredBy(action);
  const rest = { ...action, attach: action.attach.filter((name) => !restored.includes(name)) };
  return rest.attach.length + rest.detach.length + rest.disown.length === 0 ? [] : [rest];
}

function contentionOf(action: Action): NamespaceFailure {
  const isEntry = action.kind === 'SetEntries';
  const secretNames = isEntry ? action.attach : action.kind === 'UpdateSecret' ? [action.secret.name] : [];
  const object = isEntry ? `ServiceAccount "${action.serviceAccount.name}"` : `Secret "${secretNames[0] ?? ''}"`;
  const undone = String(FREE_RESTORES);
  const rival = isEntry ? action.serviceAccount.rival : undefined;
  const facts = rival === undefined ? { object, undone } : { object, undone, rival };
  const message = conditionMessage('Synced', 'Contention', facts);
  return { reason: 'Contention', message, secretNames, waitsForChange: false };
}
