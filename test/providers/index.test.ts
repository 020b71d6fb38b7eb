import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { StaticSpec } from '../../src/api/registry-credential.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { providerContext } from '../support/provider-context.ts';
import { bind, providers } from '../../src/providers/index.ts';

const spec: StaticSpec = {
  registries: [{ prefix: 'reg.io' }],
  auth: {
    basic: { username: 'u', secretRef: { name: 'login' }, keys: { username: 'username', password: 'password' } },
  },
};
const context = providerContext();

describe('providers', () => {
  it('holds every provider of the folder', () => {
    const files = readdirSync(new URL('../../src/providers/', import.meta.url));
    const names = new Set(files.map((file) => file.replace(/\.ts$/, '')));
    for (const notOne of ['index', 'provider', 'endpoints', 'answers']) names.delete(notOne);
    assert.deepEqual(Object.keys(providers).sort(), [...names].sort());
  });

  it('binds a provider to its spec', async () => {
    const bound = bind(providers, 'static', spec);
    assert.deepEqual(bound?.inputs(), { password: { kind: 'SecretKey', name: 'login', key: 'password' } });
    const results = await bound.issue({ inputs: { password: sensitive('p') }, context });
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['token'],
    );
  });

  it('binds nothing for a provider that is not there', () => {
    assert.equal(bind({}, 'static', spec), undefined);
  });
});
