import assert from 'node:assert/strict';
import { readMarker, writeMarker } from '../../../src/reconcile/marker.ts';
import { LARGEST_CONFIG } from '../../../src/reconcile/namespace/within-limit.ts';
import {
  clusterCredential,
  decided,
  published,
  SECRET_NAME,
  slimServiceAccount,
  tenantCredential,
  winnersOf,
  written,
} from '../../support/gen.ts';
import type { SituationGiven } from '../../support/gen.ts';
import { told } from '../../support/told.ts';

describe('a Secret that would be too large', () => {
  const third = 'x'.repeat(LARGEST_CONFIG / 6); // each entry holds its password twice, once in base64

  function crowd(count: number, password: string): SituationGiven {
    const names = Array.from({ length: count }, (_, index) => `c${index}`);
    return {
      credentials: names.map((name) => clusterCredential({ name })),
      tokens: Object.fromEntries(
        names.map((name) => [`uid-${name}`, published({ [`${name}.example.com`]: password })]),
      ),
    };
  }

  it('F160: leaves out whole credentials, the weakest first, and tells them', () => {
    const { secrets, coverage } = decided(crowd(4, third));

    assert.deepEqual(Object.values(winnersOf(secrets[0])), ['c0', 'c1']);
    assert.ok(Buffer.byteLength(secrets[0]?.config.text ?? '') <= LARGEST_CONFIG);
    const left = coverage.filter(({ tooLarge }) => tooLarge).map(({ credential }) => credential.name);
    assert.deepEqual(left.sort(), ['c2', 'c3']);
    assert.deepEqual(
      secrets[0]?.marker.by.map(({ name }) => name),
      ['c0', 'c1'],
    );
  });

  it('F160: holds 1 000 hosts, in a marker that can be read back', () => {
    const logins = (at: number) =>
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`r${at}-${i}.example.com/team`, 'p']));
    const names = Array.from({ length: 10 }, (_, index) => `c${index}`);
    const { secrets, coverage } = decided({
      credentials: names.map((name) => clusterCredential({ name })),
      tokens: Object.fromEntries(names.map((name, index) => [`uid-${name}`, published(logins(index))])),
    });

    assert.equal(secrets[0]?.marker.hosts.size, 1000);
    assert.ok(!coverage.some(({ tooLarge }) => tooLarge));
    const [slim] = secrets.map((secret) => written(secret));
    assert.deepEqual(
      decided({ secrets: slim ? [slim] : [] }).actions.map(({ kind }) => kind),
      ['DeleteSecret'],
    ); // ours
  });

  it('F160: leaves out credentials whose host names alone would make the marker too long to be read', () => {
    const logins = (at: number) =>
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`r${at}-${i}.example.com/${'p'.repeat(400)}`, 'p']));
    const names = Array.from({ length: 5 }, (_, index) => `c${index}`);
    const { secrets, coverage } = decided({
      credentials: names.map((name) => clusterCredential({ name })),
      tokens: Object.fromEntries(names.map((name, index) => [`uid-${name}`, published(logins(index))])),
    });

    assert.deepEqual(
      coverage.filter(({ tooLarge }) => tooLarge).map(({ credential }) => credential.name),
      ['c2', 'c3', 'c4'],
    );
    assert.ok(writeMarker(secrets[0]?.marker ?? assert.fail()).length < 128 * 1024);
  });

  it('F160: leaves out credentials whose token records would make the marker too long to be read', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    const record = { identity: 'i'.repeat(43), issuedAt: at, expiresAt: at, assumed: true };
    const logins = (project: string) => {
      const hosts = Array.from(
        { length: 64 },
        (_, i) => `europe-docker.pkg.dev/${project}-${'p'.repeat(24)}/team-${i}`,
      );
      const all = published(Object.fromEntries(hosts.map((host) => [host, 'p'])));
      return { ...all, entries: all.entries.map((entry) => ({ ...entry, record })) };
    };
    const names = Array.from({ length: 9 }, (_, index) => `c${index}`);
    const { secrets, coverage } = decided({
      credentials: names.map((name) => tenantCredential({ name })),
      tokens: Object.fromEntries(names.map((name) => [`uid-${name}`, logins(name)])),
    });

    assert.deepEqual(
      coverage.filter(({ tooLarge }) => tooLarge).map(({ credential }) => credential.name),
      ['c6', 'c7', 'c8'],
    );
    assert.ok(readMarker(writeMarker(secrets[0]?.marker ?? assert.fail())));
  });

  it('F160: stays as it is, with its entries, where nothing fits any more', () => {
    const before = decided(crowd(1, 'p')).secrets.map((secret) => written(secret));
    const attached = slimServiceAccount({ entries: [SECRET_NAME], annotated: [SECRET_NAME] });

    const given = { ...crowd(1, 'x'.repeat(LARGEST_CONFIG)), secrets: before, serviceAccounts: [attached] };
    const { actions, coverage } = decided(given);

    assert.deepEqual(told(actions), []);
    assert.deepEqual(
      coverage.map(({ tooLarge }) => tooLarge),
      [true],
    );
  });

  it('F160: leaves out credentials that the marker can not name', () => {
    const { secrets, coverage } = decided(crowd(1200, 'p'));

    const left = coverage.filter(({ tooLarge }) => tooLarge);
    assert.ok(left.length > 100 && left.length < 1100, `${left.length} of 1200`);
    const marker = secrets[0]?.marker ?? assert.fail();
    assert.equal(marker.by.length, 1200 - left.length);
    assert.ok(writeMarker(marker).length < 128 * 1024);
  });

  it('F160: carries what a suspended credential holds, however little room there is', () => {
    const frozen = clusterCredential({ name: 'z' });
    const first = decided({ credentials: [frozen], tokens: { 'uid-z': published({ 'z.example.com': 'z' }) } });
    const crowded = crowd(3, third);
    const { secrets } = decided({
      ...crowded,
      credentials: [...(crowded.credentials ?? []), clusterCredential({ name: 'z', spec: { suspend: true } })],
      secrets: first.secrets.map((secret) => written(secret)),
    });

    assert.deepEqual(secrets[0]?.carryOver, ['z.example.com']);
  });
});
