// Pure: the entries of one ServiceAccount: which of our pull Secrets it should name, and which of ours it should no longer.
import { readPullSecrets } from '../marker.ts';
import type { SlimServiceAccount } from '../../kube/slim.ts';
import type { Desired } from './desired.ts';
import type { PullSecret } from './draft.ts';
import type { Observed } from './observe.ts';
import type { Action, ProvenAbsent } from './plan.ts';

/** Names of annotated entries whose Secret is neither here nor wanted: a live GET must prove them absent. */
export function entriesWithoutSecret(wanted: Desired, observed: Observed): readonly string[] {
  const known = new Set([...observed.secrets.keys(), ...wanted.secrets.map(({ name }) => name)]);
  const annotated = observed.serviceAccounts.flatMap(({ pullSecrets }) => readPullSecrets(pullSecrets));
  return [...new Set(annotated)].filter((name) => !known.has(name));
}

export interface EntriesSituation {
  readonly wanted: Desired;
  readonly observed: Observed;
  readonly refused: ReadonlySet<string>;
  readonly removed: readonly Action[];
  readonly provenAbsent: ProvenAbsent;
}

export function entriesAction(serviceAccount: SlimServiceAccount, situation: EntriesSituation): Action | undefined {
  const { wanted, observed, refused } = situation;
  const listed = new Set(serviceAccount.entries.map(({ name }) => name));
  const annotated = readPullSecrets(serviceAccount.pullSecrets);
  const ignored = serviceAccount.ignore === 'true';
  const stands = ({ name, config }: PullSecret): boolean =>
    !refused.has(name) && (observed.secrets.has(name) || config.entries.size > 0);
  const wants = wanted.secrets
    .filter((secret) => !ignored && secret.wantsEntry(serviceAccount.name) && stands(secret))
    .map(({ name }) => name);

  const attach = wants.filter((name) => !listed.has(name));
  const detach = annotated.filter((name) => !wants.includes(name) && mayDetach(name, ignored, situation));
  const disown = annotated.filter((name) => listed.has(name) && isReleased(name, situation));
  if (attach.length + detach.length + disown.length === 0) return undefined;
  return { kind: 'SetEntries', serviceAccount, attach, detach, disown };
}

/** A Secret that is released is the user's, and so is its entry: a Secret of his own may come in its place. */
function isReleased(name: string, { removed }: EntriesSituation): boolean {
  return removed.some((action) => action.kind === 'ReleaseSecret' && action.found.slim.name === name);
}

/** An entry that we added goes when its Secret is ours, or proven absent; not while a foreign Secret stands there. */
function mayDetach(name: string, ignored: boolean, situation: EntriesSituation): boolean {
  const { wanted, observed, refused, provenAbsent } = situation;
  const secret = wanted.secrets.find((one) => one.name === name);
  if (secret !== undefined) return ignored || (!secret.keepsEntries && !refused.has(name));
  const found = observed.secrets.get(name);
  return found === undefined ? provenAbsent.has(name) : found.standing === 'ours' && !isReleased(name, situation);
}
