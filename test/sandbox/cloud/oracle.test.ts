import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { signedGet, signedPost } from '../../../src/providers/ocir/sign.ts';
import { startOracle } from '../../../src/sandbox/cloud/oracle.ts';
import type { ApiKey, Oracle } from '../../../src/sandbox/cloud/oracle.ts';

describe("Oracle's endpoints in the sandbox", () => {
  let oracle: Oracle;
  let key: ApiKey;
  let url: URL;
  beforeEach(async () => {
    oracle = await startOracle({ instanceTenancy: 'ocid1.tenancy.oc1..node', mayRead: (id) => !id.endsWith('out') });
    key = oracle.createKey('puller');
    url = new URL('/20180419/docker/token', oracle.url);
  });
  afterEach(() => oracle.stop());

  const signerOf = ({ tenancyOCID, userOCID, fingerprint, privateKey }: ApiKey): Parameters<typeof signedGet>[0] => ({
    keyId: `${tenancyOCID}/${userOCID}/${fingerprint}`,
    key: createPrivateKey(privateKey),
  });
  const statusOf = async (headers: Readonly<Record<string, string>>, target = url): Promise<number> =>
    (await fetch(target, { headers })).status;

  it('give a token that registries take, for a good signature', async () => {
    const response = await fetch(url, { headers: signedGet(signerOf(key), url, new Date()) });
    const { token } = (await response.json()) as { token: string };
    assert.ok(oracle.accepts('BEARER_TOKEN', token));
    assert.ok(!oracle.accepts('someone', token));
    assert.ok(!oracle.accepts('BEARER_TOKEN', `${token}x`));
    assert.match(token, /CANARY-/);
  });

  it('refuse a signature by another key, over another path, host or time, and none at all', async () => {
    const now = new Date();
    const other = oracle.createKey('other');
    const good = signedGet(signerOf(key), url, now);
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      signedGet({ ...signerOf(key), key: signerOf(other).key }, url, now),
      signedGet(signerOf(key), new URL('/20180419/docker/token?scope=x', url), now),
      signedGet(signerOf(key), new URL('https://iad.ocir.io/20180419/docker/token'), now),
      signedGet(signerOf(key), url, new Date(now.getTime() - 301_000)),
      { ...good, 'x-date': new Date(now.getTime() + 2000).toUTCString() },
      { ...good, authorization: (good['authorization'] ?? '').replace('version="1"', 'version="2"') },
      { ...good, authorization: (good['authorization'] ?? '').replace('x-date (request-target) host', 'x-date') },
    ];
    const statuses = await Promise.all(wrong.map((headers) => statusOf(headers)));
    assert.deepEqual(
      statuses,
      wrong.map(() => 401),
    );
  });

  it('refuse a deleted key, and a user without the policy', async () => {
    oracle.deleteKey(key);
    assert.equal(await statusOf(signedGet(signerOf(key), url, new Date())), 401);
    const out = oracle.createKey('out');
    assert.equal(await statusOf(signedGet(signerOf(out), url, new Date())), 403);
  });

  it('end the life of a token', async () => {
    let now = new Date();
    const later = await startOracle({ tokenLifeS: 60, now: () => now });
    const signer = signerOf(later.createKey('x'));
    const target = new URL(url.pathname, later.url);
    const { token } = (await (await fetch(target, { headers: signedGet(signer, target, now) })).json()) as {
      token: string;
    };
    assert.ok(later.accepts('BEARER_TOKEN', token));
    now = new Date(now.getTime() + 61_000);
    assert.ok(!later.accepts('BEARER_TOKEN', token));
    await later.stop();
  });

  it('tell the metadata to those alone who say the word', async () => {
    const target = new URL('/opc/v2/identity/cert.pem', oracle.url);
    assert.equal(await statusOf({}, target), 401);
    assert.equal(await statusOf({ Authorization: 'Bearer Oracle' }, target), 200);
  });

  it('sell no session for a certificate without its key', async () => {
    const target = new URL('/v1/x509', oracle.url);
    const body = JSON.stringify({ certificate: 'x', purpose: 'DEFAULT', publicKey: 'x', intermediateCertificates: [] });
    const headers = signedPost(signerOf(key), target, body, new Date());
    assert.equal((await fetch(target, { method: 'POST', body, headers })).status, 401);
  });
});
