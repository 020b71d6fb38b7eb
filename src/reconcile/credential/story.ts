// The story of one credential: its token is kept alive, and its status true.
import type { Result, RunContext } from '../../controller/result.ts';
import { standingOf } from '../coverage.ts';
import type { Standing } from '../coverage.ts';
import type { Credential } from '../credential.ts';
import type { CredentialKey } from '../keys.ts';
import type { CredentialPorts } from '../ports.ts';
import { removesExpired } from './expiry.ts';
import { issue, issueIsDue } from './issue.ts';
import { clampTimerMs } from './refresh.ts';
import { gatherFacts, writeStatus } from './report.ts';
import { isAlive, publishedOf } from './tokens.ts';
import type { Held, HeldEntry, Tokens } from './tokens.ts';

export interface CredentialStoryPorts extends CredentialPorts {
  readonly tokens: Tokens;
}

/** Keeps one credential's token alive and its status true. */
export async function reconcileCredential(
  key: CredentialKey,
  ports: CredentialStoryPorts,
  context: RunContext,
): Promise<Result> {
  const credential = ports.stores.credentials.get(key);
  if (!credential || credential.deleted) return forgetCredential(key, credential, ports); // namespace runs see to its keys

  const standing = standingOf(credential, ports.permissions);
  const held = await obtainToken(credential, standing, ports, context); // inputs and provider, if due; failures are values
  if (isOutdated(credential, ports)) return { requeueAfterMs: 0 }; // it changed meanwhile: what came back is for the old one
  publishToken(credential, standing, held, ports); // namespace runs see it from here on
  const facts = gatherFacts(credential, standing, held, ports);
  const status = await writeStatus(credential, facts, ports, context); // only if it differs
  return nextRun(credential, held, status, ports);
}

function forgetCredential(key: CredentialKey, credential: Credential | undefined, ports: CredentialStoryPorts): Result {
  if (credential) ports.tokens.forget(credential.uid);
  ports.outcomes.reset(key);
  ports.metrics.forget(key);
  return {};
}

/** A frozen credential makes no call: what it published stays as it is. */
async function obtainToken(
  credential: Credential,
  standing: Standing,
  ports: CredentialStoryPorts,
  context: RunContext,
): Promise<Held | undefined> {
  const before = ports.tokens.held(credential.uid);
  if (standing !== 'active' || !issueIsDue(credential, before, ports)) return before;
  const held = await issue(credential, before, ports, context);
  if (isOutdated(credential, ports)) return before;
  ports.tokens.hold(credential.uid, held);
  ports.metrics.refreshed(credential.provider, held.failures[0]?.reason ?? 'success');
  return held;
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
  const changed = ports.tokens.publish(
    credential.uid,
    publishedOf(held, (entry) => isRemoved(credential, entry, ports)),
  );
  ports.metrics.expiry(credential, earliestExpiry(held));
  if (changed) ports.wakeNamespaces(credential);
}

function isRemoved({ spec }: Credential, entry: HeldEntry, { clock }: CredentialStoryPorts): boolean {
  return !isAlive(entry, clock) && removesExpired(spec.expiryPolicy, entry.key);
}

function earliestExpiry({ entries }: Held): Date | undefined {
  return [...entries.values()].flatMap(({ expiresAt }) => expiresAt ?? []).sort((a, b) => a.getTime() - b.getTime())[0];
}

/** The next issue, the next expiry, or a status that was put off: whatever comes first. */
function nextRun(
  { uid }: Credential,
  held: Held | undefined,
  statusAgainMs: number | undefined,
  { clock, tokens }: CredentialStoryPorts,
): Result {
  const now = clock.now().getTime();
  const ends = [...(held?.entries.values() ?? [])]
    .filter((entry) => isAlive(entry, clock))
    .flatMap(({ expiresAt }) => expiresAt?.getTime() ?? []);
  const issueIn = held?.issueAgainAt === undefined ? [] : [Math.max(0, held.issueAgainAt - clock.monotonicMs())];
  const expiryIn = ends.map((end) => Math.min(end - now + 1, clampTimerMs(Infinity)));
  const delays = [...issueIn, ...expiryIn, ...(statusAgainMs === undefined ? [] : [statusAgainMs])];
  return delays.length === 0 || tokens.held(uid) !== held ? {} : { requeueAfterMs: Math.min(...delays) };
}
