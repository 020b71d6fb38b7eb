// Pairs a provider with its spec: the one place where the type of a spec is left behind.
import type { ProviderName, ProviderSpecs } from '../api/registry-credential.ts';
import type { BoundProvider, Provider, ProviderRegistry } from './provider.ts';

/** A provider with its spec; undefined where this operator has none of that name. */
export function bind<Name extends ProviderName>(
  registry: ProviderRegistry,
  name: Name,
  spec: ProviderSpecs[Name],
): BoundProvider | undefined {
  if (!Object.hasOwn(registry, name)) return undefined;
  const provider: Provider<ProviderSpecs[Name]> | undefined = registry[name];
  return (
    provider && {
      offline: provider.offline ?? false,
      inputs: () => provider.inputs(spec),
      groups: () => provider.groups?.(spec),
      issue: (request, prefixes) => provider.issue({ ...request, spec: prefixes ? narrowed(spec, prefixes) : spec }),
    }
  );
}

/** The spec with some of its registries. */
function narrowed<Spec extends { readonly registries?: readonly { readonly prefix: string }[] }>(
  spec: Spec,
  prefixes: readonly string[],
): Spec {
  return { ...spec, registries: (spec.registries ?? []).filter(({ prefix }) => prefixes.includes(prefix)) };
}
