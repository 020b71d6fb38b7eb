import assert from 'node:assert/strict';
import { startIbm } from '../../../src/sandbox/cloud/ibm.ts';
import type { Ibm } from '../../../src/sandbox/cloud/ibm.ts';
import { createIssuer } from '../../../src/sandbox/cloud/issuer.ts';

const GRANT = 'urn:ibm:params:oauth:grant-type:';

describe('stub of IBM Cloud IAM', () => {
  const issuer = createIssuer();
  const sign = (serviceAccount: string, audience = 'iam', expiresInS = 600): string =>
    issuer.sign({ audience, namespace: 'team-a', serviceAccount, expiresInS });
  let now: Date;
  let ibm: Ibm;
  beforeEach(async () => {
    now = new Date();
    const profiles = [{ id: 'Profile-1', name: 'puller', subject: 'system:serviceaccount:team-a:puller' }];
    ibm = await startIbm({ apiKeys: { key: 'ServiceId-1' }, profiles, issuer, now: () => now });
  });
  afterEach(() => ibm.stop());

  const post = async (form: Record<string, string>, type = 'application/x-www-form-urlencoded'): Promise<unknown[]> => {
    const body = new URLSearchParams(form).toString();
    const response = await fetch(`${ibm.url}/identity/token`, {
      method: 'POST',
      headers: { 'Content-Type': type },
      body,
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return [response.status, answer['errorCode'] ?? answer['access_token']];
  };
  const apiKey = { grant_type: `${GRANT}apikey`, apikey: 'key' };
  const profile = { grant_type: `${GRANT}cr-token`, profile_id: 'Profile-1' };

  it('accepts the tokens that it gave, until they end', async () => {
    const [status, token] = await post(apiKey);
    assert.equal(status, 200);
    assert.match(String(token), /CANARY-/);
    assert.ok(ibm.accepts('iambearer', String(token)));
    assert.ok(!ibm.accepts('iamapikey', String(token)) && !ibm.accepts('iambearer', 'another'));
    now = new Date(now.getTime() + 3_600_001);
    assert.ok(!ibm.accepts('iambearer', String(token)));
  });

  it('takes a profile by id or by name', async () => {
    const byName = { grant_type: `${GRANT}cr-token`, profile_name: 'puller' };
    assert.equal((await post({ ...profile, cr_token: sign('puller') }))[0], 200);
    assert.equal((await post({ ...byName, cr_token: sign('puller') }))[0], 200);
  });

  const refused: readonly (readonly [string, () => Record<string, string>, string])[] = [
    ['another key', () => ({ ...apiKey, apikey: 'constructor' }), 'BXNIM0415E'],
    ['another grant', () => ({ ...apiKey, grant_type: 'password' }), 'BXNIM0100E'],
    ['another ServiceAccount', () => ({ ...profile, cr_token: sign('other') }), 'BXNIM0513E'],
    ['another audience', () => ({ ...profile, cr_token: sign('puller', 'sts.amazonaws.com') }), 'BXNIM0444E'],
    ['a token that has ended', () => ({ ...profile, cr_token: sign('puller', 'iam', -1) }), 'BXNIM0444E'],
    ['a token of another cluster', () => ({ ...profile, cr_token: foreignToken() }), 'BXNIM0444E'],
    ['another profile', () => ({ ...profile, profile_id: 'Profile-2', cr_token: sign('puller') }), 'BXNIM0513E'],
    ['two names', () => ({ ...profile, profile_name: 'puller', cr_token: sign('puller') }), 'BXNIM0513E'],
  ];
  for (const [what, form, code] of refused) {
    it(`refuses ${what}`, async () => assert.equal((await post(form()))[1], code));
  }

  it('refuses what is no form', async () => {
    assert.equal((await post(apiKey, 'application/json'))[0], 400);
  });
});

function foreignToken(): string {
  return createIssuer().sign({ audience: 'iam', namespace: 'team-a', serviceAccount: 'puller' });
}
