import assert from 'node:assert/strict';
import { trustedRealm } from '../../src/verification/realm.ts';

const trusts = (registryHost: string, realm: string, allowedRealms: readonly string[] = []): boolean =>
  trustedRealm(realm, { registryHost, allowedRealms, isConfigured: false }) !== undefined;

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

  it('F103: trusts a sibling that the operator allows', () => {
    assert.ok(trusts('registry.example.com', 'https://auth.example.com/token', ['auth.example.com']));
  });
});
