// Pure: who asks a cloud. Equal identities share one call and one token; whatever may tell two of them apart is in the key,
// and the trust domain with it: a tenant that names another's identity never gets that one's token.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../lib/json.ts';
import type { TokenGroup } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';

export interface Identity {
  readonly provider: string;
  /** The provider's block of the spec; without `registries` where the provider says what of them counts. */
  readonly spec: unknown;
  /** What beside the identity tells tokens apart: a region, a host, a second hop. */
  readonly scope: string;
  readonly trustDomain: string;
  /** By input: a hash of its value, or whose token it is. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Hash of the operator's configuration: endpoints, proxies, authorities. */
  readonly configuration: string;
}

/** Equal exactly when nothing differs. */
export function identityKey({ provider, spec, scope, trustDomain, inputs, configuration }: Identity): string {
  const parts = [provider, spec ?? null, scope, trustDomain, inputs, configuration];
  return createHash('sha256').update(canonicalJson(parts)).digest('base64url');
}

/** The namespace of a namespaced credential, else the cluster: identities of two domains never share. */
export function trustDomainOf({ namespace }: Pick<Credential, 'namespace'>): string {
  return namespace === undefined ? 'cluster' : `namespace ${namespace}`;
}

/** The provider's block of a credential's spec. */
export function providerBlock({ provider, spec }: Credential): Readonly<Record<string, unknown>> {
  const blocks = spec.provider as Readonly<Record<string, unknown>>;
  return (blocks[provider] ?? {}) as Readonly<Record<string, unknown>>;
}

/** Names a spec, whatever the order of its fields. */
export function specHash(credential: Credential): string {
  return createHash('sha256')
    .update(canonicalJson(providerBlock(credential)))
    .digest('base64url');
}

/** Prefixes that one token serves, with the key of that token. */
export interface KeyedGroup extends TokenGroup {
  readonly key: string;
}

/** Without the provider's own grouping the registries belong to the identity: only equal specs share. */
export function keyedGroups(
  credential: Credential,
  groups: readonly TokenGroup[] | undefined,
  { inputs, configuration }: Pick<Identity, 'inputs' | 'configuration'>,
): readonly KeyedGroup[] {
  const { registries, ...rest } = providerBlock(credential);
  const common = { provider: credential.provider, trustDomain: trustDomainOf(credential), inputs, configuration };
  const all = { prefixes: prefixesOf(registries), scope: canonicalJson(registries ?? null) };
  return (groups ?? [all]).map((group) => ({
    ...group,
    key: identityKey({ ...common, spec: rest, scope: group.scope }),
  }));
}

function prefixesOf(registries: unknown): readonly string[] {
  return Array.isArray(registries) ? registries.map(({ prefix }: { prefix: string }) => prefix) : [];
}
