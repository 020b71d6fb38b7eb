// The keys under which calls for a spec are shared, as the operator makes them.
import type { ProviderName, ProviderSpecs } from '../../src/api/registry-credential.ts';
import { bind } from '../../src/providers/bind.ts';
import { providers } from '../../src/providers/index.ts';
import { keyedGroups } from '../../src/reconcile/credential/identity.ts';
import { clusterCredential } from './gen.ts';

/** In the order of the provider's groups; inputs and configuration are always the same. */
export function groupKeys<Name extends ProviderName>(name: Name, spec: ProviderSpecs[Name]): readonly string[] {
  const credential = clusterCredential({ spec: { provider: { [name]: spec } } });
  const groups = bind(providers, name, spec)?.groups();
  return keyedGroups(credential, groups, { inputs: {}, configuration: '' }).map(({ key }) => key);
}
