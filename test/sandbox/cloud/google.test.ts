import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { startGoogle } from '../../../src/sandbox/cloud/google.ts';
import type { Google } from '../../../src/sandbox/cloud/google.ts';
import { createIssuer, signJwt } from '../../../src/sandbox/cloud/issuer.ts';

const EMAIL = 'puller@proj.iam.gserviceaccount.com';
const POOL = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';

interface Answer {
  readonly status: number;
  readonly error?: unknown;
  readonly error_description?: string;
  readonly access_token?: string;
  readonly accessToken?: string;
}

describe("Google's endpoints in the sandbox", () => {
  const issuer = createIssuer('https://issuer.example');
  let google: Google;
  let key: { readonly private_key: string; readonly private_key_id: string };
  beforeEach(async () => {
    google = await startGoogle({
      pools: [{ audience: POOL, issuer, allows: (subject) => subject === 'system:serviceaccount:a:puller' }],
      actAs: { [EMAIL]: ['system:serviceaccount:a:puller'] },
      metadataAccount: 'node@proj.iam.gserviceaccount.com',
    });
    key = JSON.parse(google.createKey(EMAIL)) as typeof key;
  });
  afterEach(() => google.stop());

  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(new URL(path, google.url), init);
    const text = await response.text();
    return { ...(text.startsWith('{') ? (JSON.parse(text) as object) : {}), status: response.status };
  };
  const post = (path: string, form: Record<string, string>): Promise<Answer> =>
    call(path, { method: 'POST', body: new URLSearchParams(form) });
  const assertion = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string => {
    const iat = Math.floor(Date.now() / 1000);
    const all = { iss: EMAIL, aud: TOKEN_URL, scope: SCOPE, iat, exp: iat + 3600, ...claims };
    return signJwt(all, createPrivateKey(key.private_key), header);
  };
  const signIn = (jwt: string): Promise<Answer> =>
    post('/token', { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt });
  const exchange = (token: string, form: Record<string, string> = {}): Promise<Answer> =>
    post('/v1/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: POOL,
      scope: SCOPE,
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      subject_token: token,
      ...form,
    });
  const subjectToken = (namespace = 'a', audience = POOL, expiresInS = 600): string =>
    issuer.sign({ audience, namespace, serviceAccount: 'puller', expiresInS });

  it('give a token for an assertion by the key of the account', async () => {
    const { access_token: token = '' } = await signIn(assertion({}, { kid: key.private_key_id }));
    assert.ok(google.accepts('oauth2accesstoken', token) && google.accepts('_token', token));
    assert.ok(!google.accepts('someone', token));
    assert.equal(google.holderOf(token), EMAIL);
  });

  it('refuse assertions by another key, for another audience or scope, too long, or out of time', async () => {
    const now = Math.floor(Date.now() / 1000);
    const stranger = JSON.parse(google.createKey('other@proj.iam.gserviceaccount.com')) as typeof key;
    const answers = await Promise.all([
      signIn(signJwt({ iss: EMAIL }, createPrivateKey(stranger.private_key))),
      signIn(assertion({}, { kid: 'another' })),
      signIn(assertion({ iss: 'nobody@proj.iam.gserviceaccount.com' })),
      signIn(assertion({ aud: 'https://evil.example/token' })),
      signIn(assertion({ scope: 'openid' })),
      signIn(assertion({ exp: now + 3601 + 60 })),
      signIn(assertion({ iat: now - 600, exp: now + 600 })),
      signIn('nonsense'),
    ]);
    assert.deepEqual(
      answers.map(({ status, error, access_token: token }) => [status, error, token]),
      answers.map((_, index) => [400, index === 4 ? 'invalid_scope' : 'invalid_grant', undefined]),
    );
  });

  it('forget deleted keys', async () => {
    google.deleteKeys(EMAIL);
    assert.equal((await signIn(assertion())).error_description, 'Invalid JWT Signature.');
  });

  it("exchange a ServiceAccount's token, and act as the account that trusts it", async () => {
    const { access_token: token = '' } = await exchange(subjectToken());
    assert.equal(google.holderOf(token), 'system:serviceaccount:a:puller');
    assert.equal((await actAs(token)).status, 200);
  });

  const actAs = (token: string, body: object = { scope: [SCOPE], lifetime: '3600s' }, email = EMAIL): Promise<Answer> =>
    call(`/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:generateAccessToken`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('refuse what the pool does not trust', async () => {
    const foreign = createIssuer('https://issuer.example');
    const answers = await Promise.all([
      exchange(subjectToken('b')),
      exchange(subjectToken('a', 'sts.amazonaws.com')),
      exchange(subjectToken('a', POOL, -1)),
      exchange(foreign.sign({ audience: POOL, namespace: 'a', serviceAccount: 'puller' })),
      exchange(subjectToken(), { audience: `${POOL}2` }),
      exchange(subjectToken(), { scope: 'openid' }),
      exchange(subjectToken(), { grant_type: 'client_credentials' }),
      exchange(subjectToken(), { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }),
      exchange(''),
    ]);
    assert.deepEqual(
      answers.map(({ error }) => error),
      [
        'unauthorized_client',
        'invalid_grant',
        'invalid_grant',
        'invalid_grant',
        'invalid_target',
        'invalid_request',
        'invalid_request',
        'invalid_request',
        'invalid_grant',
      ],
    );
  });

  it('let nobody act as an account who may not, for longer than allowed, or without a scope', async () => {
    const { access_token: token = '' } = await exchange(subjectToken());
    const answers = await Promise.all([
      actAs('ya29.made-up'),
      actAs(token, { scope: [SCOPE], lifetime: '3601s' }),
      actAs(token, { scope: [SCOPE], lifetime: '3600' }),
      actAs(token, { lifetime: '3600s' }),
      actAs(token, undefined, 'owner@proj.iam.gserviceaccount.com'),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 400, 400, 400, 403],
    );
  });

  it('tell the metadata to those alone who send the header, and send it back', async () => {
    const url = new URL('/computeMetadata/v1/instance/service-accounts/default/token', google.url);
    url.searchParams.set('scopes', SCOPE);
    assert.equal((await fetch(url)).status, 403);
    const response = await fetch(url, { headers: { 'Metadata-Flavor': 'Google' } });
    assert.deepEqual([response.status, response.headers.get('metadata-flavor')], [200, 'Google']);
  });

  it('end the life of a token', async () => {
    let now = new Date();
    const later = await startGoogle({ metadataAccount: EMAIL, tokenLifeS: 60, now: () => now });
    const url = new URL('/computeMetadata/v1/instance/service-accounts/default/token', later.url);
    url.searchParams.set('scopes', SCOPE);
    const answer = (await (await fetch(url, { headers: { 'Metadata-Flavor': 'Google' } })).json()) as Answer;
    assert.ok(later.accepts('oauth2accesstoken', answer.access_token ?? ''));
    now = new Date(now.getTime() + 61_000);
    assert.ok(!later.accepts('oauth2accesstoken', answer.access_token ?? ''));
    await later.stop();
  });
});
