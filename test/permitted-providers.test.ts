import assert from 'node:assert/strict';
import { readOperatorConfig } from '../src/operator-config.ts';
import { permittedProviders } from '../src/permitted-providers.ts';
import { bind } from '../src/providers/bind.ts';
import type { IssueResult, Provider } from '../src/providers/provider.ts';
import { sensitive } from '../src/lib/sensitive.ts';
import { providerContext } from './support/provider-context.ts';

/** Answers for whatever it is asked for, and for one host more, as a static source may. */
function talkative(calls: string[][]): Provider<{ readonly registries?: readonly { readonly prefix: string }[] }> {
  return {
    inputs: () => ({ operator: { kind: 'AmbientIdentity' } }),
    issue: ({ spec }) => {
      const prefixes = [...(spec.registries ?? []).map(({ prefix }) => prefix), 'extra.example'];
      calls.push(prefixes);
      return Promise.resolve(
        prefixes.map((prefix): IssueResult => ({
          kind: 'token',
          prefixes: [prefix],
          username: 'u',
          password: sensitive('p'),
          expiresAt: null,
          expirySource: 'none',
          principal: null,
        })),
      );
    },
  };
}

async function issueUnder(
  config: object,
  kind: string,
): Promise<{ readonly results: readonly string[]; readonly calls: string[][] }> {
  const calls: string[][] = [];
  const registry = permittedProviders({ static: talkative(calls) }, readOperatorConfig(config));
  const spec = { registries: [{ prefix: 'ghcr.io/team' }, { prefix: 'evil.example' }], auth: {} };
  const bound = bind(registry, 'static', spec as never);
  const context = providerContext({ credential: { kind, namespace: 'team-a', name: 'x' } });
  const results = (await bound?.issue({ inputs: {}, context })) ?? [];
  return {
    calls,
    results: results.map((one) =>
      one.kind === 'failure'
        ? `${one.reason} ${one.prefixes.join()}`
        : `${one.kind} ${one.kind === 'token' ? one.prefixes.join() : ''}`,
    ),
  };
}

describe('permitted providers', () => {
  it('offers every provider as it is, unless told otherwise', async () => {
    const { results } = await issueUnder({}, 'RegistryCredential');

    assert.deepEqual(results, ['token ghcr.io/team', 'token evil.example', 'token extra.example']);
  });

  it('lets tenants name the registries that the operator allows, and asks nobody for the others', async () => {
    const { results, calls } = await issueUnder({ tenantRegistries: ['ghcr.io'] }, 'RegistryCredential');

    assert.deepEqual(results, [
      'token ghcr.io/team',
      'RegistryNotAllowed extra.example',
      'RegistryNotAllowed evil.example',
    ]);
    assert.deepEqual(calls, [['ghcr.io/team', 'extra.example']]);
  });

  it('does not limit cluster credentials', async () => {
    const { results } = await issueUnder({ tenantRegistries: ['ghcr.io'] }, 'ClusterRegistryCredential');

    assert.equal(results.length, 3);
  });

  it('asks nobody with the own identity where that is switched off', async () => {
    const { results, calls } = await issueUnder({ ambientIdentity: false }, 'ClusterRegistryCredential');

    assert.deepEqual([results, calls], [['AmbientUnavailable '], []]);
  });

  it('does not have a provider that is switched off', () => {
    const registry = permittedProviders(
      { static: talkative([]) },
      readOperatorConfig({ disabledProviders: ['static'] }),
    );

    assert.deepEqual(Object.keys(registry), []);
  });
});
