import assert from 'node:assert/strict';
import type { IcrSpec, StaticSpec } from '../../src/api/registry-credential.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import { bind } from '../../src/providers/bind.ts';
import { providers } from '../../src/providers/index.ts';
import { providerContext } from '../support/provider-context.ts';

const spec: StaticSpec = {
  registries: [{ prefix: 'reg.io' }],
  auth: {
    basic: { username: 'u', secretRef: { name: 'login' }, keys: { username: 'username', password: 'password' } },
  },
};
const context = providerContext();

describe('bind', () => {
  it('binds a provider to its spec', async () => {
    const bound = bind(providers, 'static', spec);
    assert.deepEqual(bound?.inputs(), { password: { kind: 'SecretKey', name: 'login', key: 'password' } });
    const results = await bound.issue({ inputs: { password: sensitive('p') }, context });
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['token'],
    );
  });

  it('issues for some prefixes only, where these are asked for', async () => {
    const icr: IcrSpec = {
      registries: [{ prefix: 'evil.example' }, { prefix: 'other.example' }],
      auth: { apiKey: { secretRef: { name: 'key' }, keys: { apiKey: 'apikey' } } },
    };
    const results = await bind(providers, 'icr', icr)?.issue({ inputs: {}, context }, ['other.example']);
    assert.deepEqual(
      results?.map((result) => result.kind === 'failure' && result.prefixes),
      [['other.example']],
    );
  });

  it('binds nothing for a provider that is not there', () => {
    assert.equal(bind({}, 'static', spec), undefined);
  });
});
