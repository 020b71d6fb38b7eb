// Contract: tokens of ServiceAccounts, and the keys by which everybody can check them.
import assert from 'node:assert/strict';

import type { RawAnswer } from '../support/raw-client.ts';
import { readIssuer } from '../support/published-issuer.ts';
import { skipBecause } from '../support/skip.ts';
import { accountsOf, causeFields, expectCode, unique, type Fixture } from './fixture.ts';

const KEYS = '/openid/v1/jwks';
const AUDIENCE = 'sts.amazonaws.com';
const KIND = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
const SPEC = { audiences: [AUDIENCE], expirationSeconds: 600 };

export function describeTokens(fixture: () => Fixture): void {
  describe('tokens of ServiceAccounts', () => {
    it('are proven by the published keys: issuer, audience, subject, life', async () => {
      const { admin } = fixture();
      const { home, uid, path } = await puller(fixture());
      const issuer = await readIssuer(admin);

      const { token, end } = tokenIn(await admin.post(path, { ...KIND, spec: SPEC }));

      const verified = issuer.verify(token, { audience: AUDIENCE });
      assert.ok(verified.ok, JSON.stringify(verified));
      assert.equal(verified.subject, `system:serviceaccount:${home}:puller`);
      const { iss, aud, exp, iat, 'kubernetes.io': bound } = verified.claims;
      assert.deepEqual([iss, aud, Number(exp) - Number(iat)], [issuer.url, [AUDIENCE], 600]);
      assert.equal(Date.parse(end), Number(exp) * 1000);
      assert.deepEqual(bound, { namespace: home, serviceaccount: { name: 'puller', uid } });
      assert.deepEqual(issuer.verify(token, { audience: 'iam' }), { ok: false, problem: 'audience' });
      assert.deepEqual(issuer.verify(forged(token), { audience: AUDIENCE }), { ok: false, problem: 'signature' });
    });

    it('are for the server itself and an hour where nothing is said', async () => {
      const { admin } = fixture();
      const { path } = await puller(fixture());

      const { body } = await admin.post(path, { ...KIND, spec: {} });

      const { audiences, expirationSeconds } = body['spec'] as { audiences: string[]; expirationSeconds: number };
      assert.deepEqual([audiences.length, expirationSeconds], [1, 3600]);
    });

    it('have keys of a type of their own, which must be asked for', async () => {
      const get = (accept: string): Promise<RawAnswer> => fixture().admin.request('GET', KEYS, { headers: { accept } });

      const [exact, any, json] = await Promise.all(['application/jwk-set+json', '*/*', 'application/json'].map(get));

      assert.deepEqual([exact?.code, exact?.contentType], [200, 'application/jwk-set+json']);
      assert.equal(any?.text, exact?.text);
      assert.deepEqual([json?.code, json?.body['reason']], [406, 'NotAcceptable']);
    });

    it('of what is not there are 404, of the ServiceAccount or of its namespace', async () => {
      const { admin } = fixture();
      const { home } = await puller(fixture());
      const ask = async (path: string): Promise<unknown> => {
        const refused = expectCode(await admin.post(`${path}/token`, { ...KIND, spec: SPEC }), 404);
        return [refused.details.kind, refused.details.name];
      };

      assert.deepEqual(await ask(accountsOf(home, 'none')), ['serviceaccounts', 'none']);
      const nowhere = unique('nowhere');
      assert.deepEqual(await ask(accountsOf(nowhere, 'none')), ['namespaces', nowhere]);
    });

    it('for another uid are a conflict, for less than ten minutes invalid', async () => {
      const { admin } = fixture();
      const { path } = await puller(fixture());

      const other = await admin.post(path, { ...KIND, metadata: { uid: 'another' }, spec: SPEC });
      const short = await admin.post(path, { ...KIND, spec: { ...SPEC, expirationSeconds: 599 } });

      const { message, details } = expectCode(other, 409);
      assert.match(message, /^Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "puller": /);
      assert.deepEqual(details, { name: 'puller', group: KIND.apiVersion.split('/')[0], kind: KIND.kind });
      expectCode(short, 422);
      assert.deepEqual(causeFields(short), ['spec.expirationSeconds']);
    });

    it('take a right of their own, which may name the ServiceAccount', async function () {
      const { cluster, user } = fixture();
      if (!cluster.addUser) return skipBecause(this, 'this cluster adds no users');
      const { home, path } = await puller(fixture());
      const rule = { apiGroups: [''], namespaces: [home] };
      const reader = await user([{ ...rule, resources: ['serviceaccounts'], verbs: ['get', 'create'] }]);
      const named = await user([
        { ...rule, resources: ['serviceaccounts/token'], verbs: ['create'], resourceNames: ['puller'] },
      ]);

      expectCode(await reader.post(path, { ...KIND, spec: SPEC }), 403);
      expectCode(await named.post(path, { ...KIND, spec: SPEC }), 201);
      expectCode(await named.post(`${accountsOf(home, 'default')}/token`, { ...KIND, spec: SPEC }), 403);
    });
  });
}

async function puller({ admin, namespace }: Fixture): Promise<{ home: string; uid: string; path: string }> {
  const home = await namespace();
  const made = expectCode(await admin.post(accountsOf(home), { metadata: { name: 'puller' } }), 201);
  return { home, uid: made.metadata.uid, path: `${accountsOf(home, 'puller')}/token` };
}

function tokenIn(answer: RawAnswer): { token: string; end: string } {
  const { token, expirationTimestamp } = expectCode(answer, 201)['status'] as Record<string, string>;
  return { token: token ?? '', end: expirationTimestamp ?? '' };
}

/** The same claims under another signature. */
function forged(token: string): string {
  const [header, claims, signature = ''] = token.split('.');
  return [header, claims, Buffer.from(signature, 'base64url').reverse().toString('base64url')].join('.');
}
