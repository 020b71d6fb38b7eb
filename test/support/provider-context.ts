// What a provider is given in tests: no cloud, no environment, no files, unless a test says so.
import type { ProviderContext } from '../../src/providers/provider.ts';

export function providerContext(parts: Partial<ProviderContext> = {}): ProviderContext {
  return {
    fetch: globalThis.fetch,
    metadata: parts.fetch ?? globalThis.fetch,
    endpoint: () => undefined,
    environment: {},
    readFile: (path) => Promise.reject(new Error(`no file ${path}`)),
    credential: { kind: 'ClusterRegistryCredential', namespace: 'regcred-system', name: 'main' },
    now: () => new Date(),
    signal: new AbortController().signal,
    share: (_step, make) => make(),
    ...parts,
  };
}
