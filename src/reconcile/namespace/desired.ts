// Pure: what one namespace should hold: its merged pull Secrets, and which ServiceAccounts name them.
import { keysOf } from '../marker.ts';
import type { Contributor } from '../marker.ts';
import { isHeir, membersOf, ourSecret, secretNamesOf, standsIn } from './claims.ts';
import type { Member, Situation } from './claims.ts';
import { inNamespace } from './draft.ts';
import type { Coverage, Departing, Drafts, PullSecret } from './draft.ts';

export interface Desired {
  readonly secrets: readonly PullSecret[];
  readonly coverage: readonly Coverage[];
  /** Our Secrets that a retained, gone credential leaves behind: released, not deleted. */
  readonly released: readonly Released[];
}

export interface Released {
  readonly name: string;
  /** The retained keys: what else is ours in the Secret goes. */
  readonly keys: readonly string[];
}

export function desired(situation: Situation, drafts: Drafts): Desired {
  const parts = secretNamesOf(situation).map((name) => desiredSecret(name, situation, drafts));
  return {
    secrets: parts.flatMap(({ secret }) => secret ?? []),
    coverage: parts.flatMap(({ coverage }) => coverage),
    released: parts.flatMap(({ released }) => released ?? []),
  };
}

interface Part {
  readonly secret: PullSecret | undefined;
  readonly coverage: readonly Coverage[];
  readonly released: Released | undefined;
}

function desiredSecret(name: string, situation: Situation, drafts: Drafts): Part {
  const { observed, installation } = situation;
  const found = ourSecret(observed, name);
  const members = membersOf(name, situation);
  const released = releasedKeys(name, members, situation);
  const { secret, coverage } = drafts({
    name,
    installation,
    members,
    departing: departingOf(name, situation),
    released,
    before: found?.marker,
    isForeign: found === undefined && observed.secrets.has(name),
  });
  const { uid } = observed.namespace;
  return { secret: secret && inNamespace(secret, uid), coverage, released: released && { name, keys: released } };
}

/** Within the grace, or without proof: their keys stay, whoever else might want them. */
function departingOf(name: string, { observed, departures }: Situation): readonly Departing[] {
  const found = ourSecret(observed, name);
  if (found?.marker === undefined) return [];
  const { marker, slim } = found;
  return marker.by
    .filter(({ uid }) => departures.get(uid) === 'departing')
    .map((contributor) => ({
      contributor,
      keys: keysOf(marker, contributor.uid).filter((key) => standsIn(slim, key)),
    }));
}

/** Keys of credentials that are gone and said Retain; undefined: there are none such. */
function releasedKeys(
  name: string,
  members: readonly Member[],
  { observed, credentials, departures }: Situation,
): readonly string[] | undefined {
  const marker = ourSecret(observed, name)?.marker;
  const isReplaced = (one: Contributor): boolean =>
    credentials.some((credential) => credential.uid !== one.uid && isHeir(credential, one)) &&
    !members.some(({ credential }) => isHeir(credential, one));
  const gone = marker?.by.filter((one) => one.retain && (departures.get(one.uid) === 'gone' || isReplaced(one))) ?? [];
  return marker && gone.length > 0 ? gone.flatMap(({ uid }) => keysOf(marker, uid)) : undefined;
}
