// After a restart a namespaced credential's token is taken back from its own namespace's pull Secret, the same trust domain:
// keys that the marker gives to it, bytes that its record names, and a life that nobody can stretch. It is published as it
// stands; the calls of clouds never see it, nor does any other credential.
import { DOCKER_CONFIG_KEY, RESOURCE } from '../../api/names.ts';
import { isKubeError } from '../../kube/client.ts';
import type { CallOptions, KubeClient } from '../../kube/client.ts';
import { authEntry, canonicalPrefix, entryHash, parseAuths, writtenKeys } from '../../lib/docker-config.ts';
import type { AuthEntry } from '../../lib/docker-config.ts';
import { isJsonObject } from '../../lib/json.ts';
import { expiryOf } from '../../lib/jwt.ts';
import { sensitive } from '../../lib/sensitive.ts';
import type { Credential } from '../credential.ts';
import { keysOf, markerOf, standingOf } from '../marker.ts';
import type { Marker } from '../marker.ts';
import type { CommonPorts } from '../ports.ts';
import { prefixesOf } from './examine.ts';
import { providerBlock } from './identity.ts';
import { longestLifeMs } from './lifetimes.ts';
import { shownVerdict } from './shown.ts';
import type { HeldEntry } from './tokens.ts';

export async function takeBack(
  credential: Credential,
  { stores, client, clock, installation }: CommonPorts,
  options: CallOptions,
): Promise<readonly HeldEntry[] | undefined> {
  const { namespace = '', spec, provider } = credential;
  const home = stores.namespaces.get(namespace);
  const slim = stores.secrets.get(`${namespace}/${spec.secretName}`);
  const marker = markerOf(slim?.marker);
  const place = { installation, namespaceUid: home?.uid ?? '', secretName: spec.secretName };
  if (!slim || !marker || standingOf(marker, place) !== 'ours') return undefined;
  const longestMs = longestLifeMs(provider, providerBlock(credential));
  const keys = keysOf(marker, credential.uid).filter((key) => marker.records.has(key));
  if (longestMs === undefined || keys.length === 0) return undefined;
  const auths = await readAuths(namespace, spec.secretName, client, options);
  const latest = new Date(clock.now().getTime() + longestMs);
  return keys.flatMap((key) => entryFor(key, credential, { marker, auths, latest, now: clock.now() }) ?? []);
}

async function readAuths(
  namespace: string,
  name: string,
  client: KubeClient,
  options: CallOptions,
): Promise<ReadonlyMap<string, unknown>> {
  try {
    const secret = await client.get({ resource: RESOURCE.secrets, namespace, name }, options);
    const data = secret['data'] as Readonly<Record<string, string>> | undefined;
    return parseAuths(Buffer.from(data?.[DOCKER_CONFIG_KEY] ?? '', 'base64').toString('utf8')) ?? new Map();
  } catch (error) {
    if (isKubeError(error, 'NotFound', 'Forbidden', 'NamespaceGone')) return new Map();
    throw error;
  }
}

interface Found {
  readonly marker: Marker;
  readonly auths: ReadonlyMap<string, unknown>;
  readonly latest: Date;
  readonly now: Date;
}

/** Life is the least of the record, the token's own word, and the provider's longest. */
export function entryFor(
  key: string,
  credential: Credential,
  { marker, auths, latest, now }: Found,
): HeldEntry | undefined {
  const record = marker.records.get(key);
  const prefix = prefixesOf(credential).find((one) => canonicalPrefix(one) === key);
  const raw = auths.get(writtenKeys(key)[0] ?? '');
  if (!record || prefix === undefined || !isAuthEntry(raw) || entryHash(raw) !== record.entry) return undefined;
  const ends = [record.expiresAt, expiryOf(raw.password) ?? latest, latest].map((end) => end.getTime());
  const expiresAt = new Date(Math.min(...ends));
  const isTrue = record.issuedAt <= now && expiresAt > now;
  if (!isTrue) return undefined;
  const { issuedAt, identity } = record;
  const shown = credential.status?.registries?.find((one) => one.prefix === prefix);
  return {
    key,
    prefix,
    entry: authEntry(raw.username, sensitive(raw.password)), // the same, and known to the log as a secret
    hash: record.entry,
    expiresAt,
    principal: shown?.principal ?? null,
    issuedAt,
    refreshFrom: issuedAt,
    identity,
    assumed: record.assumed,
    verdict: shown?.issueTime === issuedAt.toISOString() ? shownVerdict(credential, prefix) : undefined,
    proof: undefined,
    round: 0,
  };
}

function isAuthEntry(value: unknown): value is AuthEntry {
  if (!isJsonObject(value) || Object.keys(value).length !== 3) return false;
  const { auth, username, password } = value;
  if (typeof username !== 'string' || typeof password !== 'string' || username.includes(':')) return false;
  return auth === Buffer.from(`${username}:${password}`).toString('base64');
}
