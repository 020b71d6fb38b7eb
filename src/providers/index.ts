// The providers that this operator has, and the one place that pairs a provider with its spec.
import type { ProviderName, ProviderSpecs } from '../api/registry-credential.ts';
import { ecr } from './ecr/index.ts';
import { gar } from './gar/index.ts';
import type { BoundProvider, Provider, ProviderRegistry } from './provider.ts';
import { staticProvider } from './static.ts';

export const providers: ProviderRegistry = { ecr, gar, static: staticProvider };

/** A provider with its spec; undefined where this operator has none of that name. */
export function bind<Name extends ProviderName>(
  registry: ProviderRegistry,
  name: Name,
  spec: ProviderSpecs[Name],
): BoundProvider | undefined {
  if (!Object.hasOwn(registry, name)) return undefined;
  const provider: Provider<ProviderSpecs[Name]> | undefined = registry[name];
  return provider && { inputs: () => provider.inputs(spec), issue: (request) => provider.issue({ ...request, spec }) };
}
