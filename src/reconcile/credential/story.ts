// The story of one credential: its token is kept alive, and its status true.
import type { Result, RunContext } from '../../controller/result.ts';
import { standingOf } from '../coverage.ts';
import type { Standing } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import { parseCredentialKey } from '../keys.ts';
import type { CredentialKey } from '../keys.ts';
import type { CredentialPorts } from './ports.ts';
import { removesExpired } from './expiry.ts';
import { issue, issueIsDue } from './issue.ts';
import type { Turn } from './issue.ts';
import { clampTimerMs } from './refresh.ts';
import { gatherFacts, writeStatus } from './report.ts';
import { takeBack } from './taken-back.ts';
import { settleDelays } from './settle.ts';
import type { Moment } from './settle.ts';
import { unreadLogins } from './shown.ts';
import { isAlive, publishedOf } from './tokens.ts';
import type { Held, HeldEntry, Tokens } from './tokens.ts';
import { verifyHeld } from './verify.ts';
import { tellNotices, warnOfExpiry } from './warnings.ts';

export interface CredentialStoryPorts extends CredentialPorts {
  readonly tokens: Tokens;
}

/** A call that is quick saves a status that says so. */
const PATIENCE_MS = 1000;

/** Keeps one credential's token alive and its status true. */
export async function reconcileCredential(
  key: CredentialKey,
  ports: CredentialStoryPorts,
  context: RunContext,
): Promise<Result> {
  const credential = ports.stores.credentials.get(key);
  if (!credential || credential.deleted) return forgetCredential(key, credential, ports, context); // namespace runs see to its keys

  const standing = standingOf(credential, ports.permissions);
  const before = await recallToken(credential, ports, context); // memory, else what was stored
  const turn = await obtainToken(credential, standing, before, ports, context); // if due; failures are values
  if (isOutdated(credential, ports)) return { requeueAfterMs: 0 }; // it changed meanwhile: what came back is for the old one
  const held = verifyToken(credential, standing, turn.held, ports); // new logins are tried before they are published
  publishToken(credential, standing, held, ports); // namespace runs see it from here on
  if (isPatient(credential, turn, ports)) return { requeueAfterMs: PATIENCE_MS }; // the answer wakes us sooner
  const saved = standing === 'active' && held ? await ports.saved.save(credential, held, context) : undefined;
  const facts = gatherFacts(credential, standing, held, ports);
  const status = await writeStatus(credential, facts, ports, context); // only if it differs
  const warning = warnOfExpiry(credential, held, ports);
  const notice = held && standing === 'active' ? tellNotices(credential, held, ports) : undefined;
  const verdicts = held && standing === 'active' ? settleDelays(credential, held, momentOf(ports)) : [];
  return nextRun(credential, turn.waiting ? undefined : held, [saved, status, warning, notice, ...verdicts], ports);
}

async function forgetCredential(
  key: CredentialKey,
  credential: Credential | undefined,
  ports: CredentialStoryPorts,
  context: RunContext,
): Promise<Result> {
  if (credential) forgetToken(credential.uid, ports);
  ports.outcomes.reset(key);
  ports.metrics.forget(key);
  const { kind, name } = parseCredentialKey(key);
  const waitMs = kind === 'ClusterRegistryCredential' ? await ports.saved.clean(name, context) : undefined;
  return waitMs === undefined ? {} : { requeueAfterMs: waitMs };
}

/** Everything in memory of an object that is gone. */
export function forgetToken(
  uid: string,
  ports: Pick<CredentialStoryPorts, 'tokens' | 'exchanges' | 'verifications' | 'due' | 'warned' | 'noticed'>,
): void {
  const { tokens, exchanges, verifications, due, warned, noticed } = ports;
  tokens.forget(uid);
  verifications.forget(uid);
  exchanges.keep(uid, []);
  due.delete(uid);
  warned.delete(uid);
  noticed.delete(uid);
}

/** A suspended credential's too: its status says until when what it published lives. */
async function recallToken(
  credential: Credential,
  ports: CredentialStoryPorts,
  context: RunContext,
): Promise<Held | undefined> {
  const known = ports.tokens.held(credential.uid);
  if (known !== undefined || credential.problem !== undefined) return known;
  const isCluster = credential.namespace === undefined;
  const entries = isCluster ? await ports.saved.load(credential, context) : await takeBack(credential, ports, context);
  const unread = unreadLogins(credential, ports.clock.now());
  if ((entries ?? []).length === 0 && unread.size === 0) return undefined;
  const held: Held = {
    entries: new Map(entries?.map((entry) => [entry.key, entry])),
    unread,
    failures: [],
    warnings: [],
    sourceEndsAt: undefined,
    candidates: new Map(),
    madeFor: undefined, // inputs are looked at before anything of it is published
    attempt: 0,
    issueAgainAt: undefined,
    nextRefreshTime: undefined,
  };
  ports.tokens.hold(credential.uid, held);
  return held;
}

/** A frozen credential makes no call: what it published stays as it is. */
async function obtainToken(
  credential: Credential,
  standing: Standing,
  before: Held | undefined,
  ports: CredentialStoryPorts,
  context: RunContext,
): Promise<Turn> {
  const due = standing === 'active' ? issueIsDue(credential, before, ports) : undefined;
  if (due === undefined) return { waiting: false, held: before };
  const turn = await issue(credential, before, due, ports, context);
  if (isOutdated(credential, ports)) return { waiting: false, held: before };
  if (turn.waiting) {
    ports.due.set(credential.uid, due);
    return turn;
  }
  ports.due.delete(credential.uid);
  if (turn.held) ports.tokens.hold(credential.uid, turn.held);
  return turn;
}

/** What is frozen is not tried: nothing new of it is published. */
function verifyToken(
  credential: Credential,
  standing: Standing,
  held: Held | undefined,
  ports: CredentialStoryPorts,
): Held | undefined {
  if (standing !== 'active') ports.verifications.forget(credential.uid);
  if (standing !== 'active' || held === undefined) return held;
  const verified = verifyHeld(credential, held, ports);
  ports.tokens.hold(credential.uid, verified);
  return verified;
}

/** A call or a try has begun just now. */
function isPatient(
  { uid }: Credential,
  { waiting }: Turn,
  { due, verifications, clock }: CredentialStoryPorts,
): boolean {
  const begun = [waiting ? due.get(uid)?.sinceMs : undefined, verifications.begunMs(uid)];
  return begun.some((ms) => ms !== undefined && clock.monotonicMs() - ms < PATIENCE_MS);
}

function momentOf({ clock }: CredentialStoryPorts): Moment {
  return { now: clock.now(), nowMs: clock.monotonicMs() };
}

function isOutdated({ key, uid, generation }: Credential, { stores }: CredentialStoryPorts): boolean {
  const now = stores.credentials.get(key);
  return now?.uid !== uid || now.generation !== generation;
}

function publishToken(
  credential: Credential,
  standing: Standing,
  held: Held | undefined,
  ports: CredentialStoryPorts,
): void {
  if (standing !== 'active' || held === undefined) return;
  const published = publishedOf(
    held,
    (entry) => isRemoved(credential, entry, ports),
    credential.namespace !== undefined,
  );
  const changed = ports.tokens.publish(credential.uid, published);
  ports.metrics.expiry(credential, earliestExpiry(held));
  if (changed) ports.wakeNamespaces(credential);
}

function isRemoved({ spec }: Credential, entry: HeldEntry, { clock }: CredentialStoryPorts): boolean {
  return !isAlive(entry, clock) && removesExpired(spec.expiryPolicy, entry.key);
}

function earliestExpiry({ entries }: Held): Date | undefined {
  return [...entries.values()].flatMap(({ expiresAt }) => expiresAt ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
}

/** The next issue, the next expiry, or something that was put off: whatever comes first. */
function nextRun(
  { uid }: Credential,
  held: Held | undefined,
  others: readonly (number | undefined)[],
  { clock, tokens }: CredentialStoryPorts,
): Result {
  const now = clock.now().getTime();
  const ends = [...(held?.entries.values() ?? [])]
    .filter((entry) => isAlive(entry, clock))
    .flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
  const issueIn = held?.issueAgainAt === undefined ? [] : [Math.max(0, held.issueAgainAt - clock.monotonicMs())];
  const expiryIn = ends.map((end) => Math.min(end - now + 1, clampTimerMs(Infinity)));
  const delays = [...issueIn, ...expiryIn, ...others.flatMap((one) => one ?? [])];
  const isKnown = held?.madeFor === undefined || tokens.held(uid) === held;
  return delays.length === 0 || !isKnown ? {} : { requeueAfterMs: Math.min(...delays) };
}
