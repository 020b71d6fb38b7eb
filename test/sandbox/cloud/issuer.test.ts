import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { createIssuer, publishedIssuer, readJwt, startIssuer } from '../../../src/sandbox/cloud/issuer.ts';

const options = { audience: 'iam', namespace: 'team-a', serviceAccount: 'puller' };

describe("the cluster's issuer", () => {
  it('signs tokens that it takes again, for their audience', () => {
    const issuer = createIssuer('https://issuer.example');
    const verified = issuer.verify(issuer.sign(options), { audience: 'iam' });
    assert.ok(verified.ok);
    assert.equal(verified.subject, 'system:serviceaccount:team-a:puller');
    assert.equal(Number(verified.claims['exp']) - Number(verified.claims['iat']), 600);
  });

  it('refuses other audiences, expired tokens, those of another issuer, and changed ones', () => {
    const issuer = createIssuer('https://issuer.example');
    const token = issuer.sign(options);
    const [header = '', claims = '', signature = ''] = token.split('.');
    const changed = Buffer.from(claims, 'base64url').toString().replace('team-a', 'team-b');
    const problems = [
      issuer.verify(token, { audience: 'sts.amazonaws.com' }),
      issuer.verify(issuer.sign({ ...options, expiresInS: -1 }), { audience: 'iam' }),
      createIssuer('https://other.example').verify(token, { audience: 'iam' }),
      issuer.verify(`${header}.${Buffer.from(changed).toString('base64url')}.${signature}`, { audience: 'iam' }),
      issuer.verify('nonsense', { audience: 'iam' }),
    ].map((verified) => (verified.ok ? 'ok' : verified.problem));
    assert.deepEqual(problems.slice(0, 2), ['audience', 'expired']);
    assert.ok(problems.every((problem) => problem !== 'ok'));
  });

  it('can be known by its published keys alone, of which there may be several', () => {
    const [issuer, other] = [createIssuer('https://issuer.example'), createIssuer('https://issuer.example')];
    const known = publishedIssuer(issuer.url, [...other.jwks.keys, ...issuer.jwks.keys]);
    assert.ok(known.verify(issuer.sign(options), { audience: 'iam' }).ok);
    assert.deepEqual(known.verify(issuer.sign(options), { audience: 'sts' }), { ok: false, problem: 'audience' });
    assert.deepEqual(publishedIssuer(issuer.url, other.jwks.keys).verify(issuer.sign(options), { audience: 'iam' }), {
      ok: false,
      problem: 'signature',
    });
  });

  it('publishes the keys that prove its tokens', async () => {
    const issuer = await startIssuer();
    const get = async (path: string): Promise<Record<string, unknown>> =>
      (await (await fetch(new URL(path, issuer.url))).json()) as Record<string, unknown>;
    const discovery = await get('/.well-known/openid-configuration');
    assert.equal(discovery['issuer'], issuer.url);
    const { keys } = (await get(new URL(String(discovery['jwks_uri'])).pathname)) as { keys: [JsonWebKey] };
    const token = issuer.sign(options);
    const publicKey = createPublicKey({ key: { ...keys[0] }, format: 'jwk' });
    assert.equal(readJwt(token, publicKey)?.claims['sub'], 'system:serviceaccount:team-a:puller');
    assert.equal((await fetch(new URL('/elsewhere', issuer.url))).status, 404);
    await issuer.stop();
  });
});
