import assert from 'node:assert/strict';
import { trustedRealm } from '../../src/verification/realm.ts';

const trusts = (registryHost: string, realm: string, allowedRealms: readonly string[] = []): boolean =>
  trustedRealm(realm, { registryHost, allowedRealms, mappedTo: undefined }) !== undefined;

describe('realm', () => {
  for (const [registry, realm] of [
    ['registry.example.com', 'https://registry.example.com/token'],
    ['registry.example.com', 'https://example.com/token'],
    ['example.com:5000', 'https://auth.example.com/token'],
    ['registry-1.docker.io', 'https://auth.docker.io/token'],
    ['docker.io', 'https://auth.docker.io/token'],
    ['ghcr.io', 'https://ghcr.io/token'],
    ['team.azurecr.io', 'https://team.azurecr.io/oauth2/token'],
    ['registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['team.cr.aliyuncs.com', 'https://dockerauth-ee-vpc.cn-hangzhou.aliyuncs.com/auth'],
    ['registry-vpc.cn-hangzhou.aliyuncs.com', 'https://dockerauth.aliyuncs.com/auth'],
  ] as const) {
    it(`F104: trusts ${realm} of ${registry}`, () => {
      assert.ok(trusts(registry, realm));
    });
  }

  for (const [registry, realm] of [
    ['registry.example.com', 'https://evil.example/token'],
    ['registry.example.com', 'https://auth.example.com/token'],
    ['team.azurecr.io', 'https://evil.azurecr.io/oauth2/token'],
    ['team.azurecr.io', 'https://azurecr.io/oauth2/token'],
    ['registry.example.com', 'http://registry.example.com/token'],
    ['registry.example.com', 'https://user:pass@registry.example.com/token'],
    ['registry.example.com', 'https://com/token'],
    ['registry.example.com', 'https://127.0.0.1/token'],
    ['registry.example.com', 'https://[::1]/token'],
    ['registry.example.com', 'https://10.0.0.1/token'],
    ['registry.example.com', 'not a url'],
    ['registry.example.com', ''],
    ['registry.example.com', `https://registry.example.com/${'a'.repeat(10_000)}`],
    ['docker.io', 'https://auth.docker.io.evil.example/token'],
  ] as const) {
    it(`F103: does not trust ${realm.slice(0, 60)} of ${registry}`, () => {
      assert.ok(!trusts(registry, realm));
    });
  }

  it('F103: says so at once, however the realm is made', () => {
    const beganMs = performance.now();

    assert.ok(!trusts('team.cr.aliyuncs.com', `https://dockerauth${'-a'.repeat(29)}.evil.example/auth`));

    assert.ok(performance.now() - beganMs < 1000);
  });

  it('F103: trusts a sibling that the operator allows', () => {
    assert.ok(trusts('registry.example.com', 'https://auth.example.com/token', ['auth.example.com']));
  });

  describe('of a registry that the configuration maps to another address', () => {
    const INSIDE = 'http://10.0.0.5:5000';
    const goesTo = (realm: string, registryHost = 'registry.example.com'): string | undefined =>
      trustedRealm(realm, { registryHost, allowedRealms: [], mappedTo: new URL(INSIDE) })?.href;

    it('F104: is reached there too, whether it calls itself by its public name or by its address', () => {
      assert.equal(goesTo('https://registry.example.com/service/token?a=1'), `${INSIDE}/service/token?a=1`);
      assert.equal(goesTo('https://Registry.Example.com:443/token'), `${INSIDE}/token`);
      assert.equal(goesTo('https://registry.example.com:8443/token', 'registry.example.com:8443'), `${INSIDE}/token`);
      assert.equal(goesTo(`${INSIDE}/token`), `${INSIDE}/token`);
    });

    it('F104: is reached there also where its address is below its public name', () => {
      const mappedTo = new URL('https://in.registry.example.com');
      const rules = { registryHost: 'registry.example.com', allowedRealms: [], mappedTo };

      assert.equal(trustedRealm('https://registry.example.com/token', rules)?.host, 'in.registry.example.com');
    });

    it('F103: leads nowhere else, however its path is written', () => {
      for (const path of ['//evil.example/token', '/\\\\evil.example/token', '/%2f%2fevil.example/', '/@evil.example/'])
        assert.equal(URL.parse(goesTo(`https://registry.example.com${path}`) ?? '')?.origin, INSIDE, path);
    });

    for (const realm of [
      'https://registry.example.com:8443/token',
      'https://example.com/token',
      'https://auth.registry.example.com/token',
      'https://user:pass@registry.example.com/token',
      'https://registry.example.com.evil.example/token',
      'https://evil.example/token',
      'https://10.0.0.6:5000/token',
    ])
      it(`F103: does not trust ${realm}`, () => {
        assert.equal(goesTo(realm), undefined);
      });
  });
});
