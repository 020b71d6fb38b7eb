import assert from 'node:assert/strict';
import { entryFor } from '../../../src/reconcile/credential/taken-back.ts';
import { entryHash } from '../../../src/lib/docker-config.ts';
import type { Marker } from '../../../src/reconcile/marker.ts';
import { auth, tenantCredential } from '../../support/gen.ts';

const NOW = new Date('2030-01-01T00:00:00Z');
const KEY = 'de.icr.io';
const hours = (count: number): Date => new Date(NOW.getTime() + count * 3_600_000);
const credential = tenantCredential({
  spec: { provider: { icr: { registries: [{ prefix: KEY }], auth: { apiKey: {} } } } },
});

interface Given {
  readonly password?: string;
  readonly until?: Date;
  readonly from?: Date;
  readonly hash?: string;
  readonly raw?: unknown;
}

function take({ password = 'token', until = hours(0.5), from = hours(-0.5), hash, raw }: Given = {}) {
  const entry = raw ?? auth(password);
  const record = { identity: 'i', entry: hash ?? entryHash(entry), issuedAt: from, expiresAt: until, assumed: false };
  const marker = { records: new Map([[KEY, record]]) } as unknown as Marker;
  return entryFor(KEY, credential, { marker, auths: new Map([[KEY, entry]]), latest: hours(1), now: NOW });
}

function jwt(exp: Date): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ exp: exp.getTime() / 1000 })}.x`;
}

describe("a tenant's token that is taken back", () => {
  it('F28: is what its record names, with its times', () => {
    const taken = take();
    assert.deepEqual([taken?.issuedAt, taken?.expiresAt, taken?.identity], [hours(-0.5), hours(0.5), 'i']);
  });

  it('F29: lives no longer than the provider allows, whatever the record says', () => {
    assert.deepEqual(take({ until: new Date('9999-01-01') })?.expiresAt, hours(1));
  });

  it('F29: lives no longer than it says itself', () => {
    assert.deepEqual(take({ password: jwt(hours(0.25)), until: hours(9) })?.expiresAt, hours(0.25));
  });

  for (const [what, given] of [
    ['its bytes are others', { hash: 'other' }],
    ['it is over', { until: hours(-1) }],
    ['it was issued in the future', { from: hours(1) }],
    ['it is no entry', { raw: 'text' }],
    ['its auth says something else', { raw: { ...auth('token'), auth: 'eA==' } }],
    ['it has more fields', { raw: { ...auth('token'), identitytoken: 'x' } }],
  ] as const)
    it(`F29: is not, where ${what}`, () => {
      assert.equal(take(given), undefined);
    });
});
