import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lookupCredentials } from '../../../src/lib/keyring.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { createEncoder } from '../../../src/reconcile/encode.ts';
import { desired } from '../../../src/reconcile/namespace/desired.ts';
import type { Desired } from '../../../src/reconcile/namespace/desired.ts';
import { createDrafts } from '../../../src/reconcile/namespace/draft.ts';
import {
  auth,
  clusterCredential,
  decided,
  passwordsOf,
  published,
  situation,
  slimNamespace,
  tenantCredential,
  winnersOf,
  written,
} from '../../support/gen.ts';

const platform = clusterCredential({ name: 'platform' });
const team = tenantCredential({ name: 'team' });
const enforced = clusterCredential({ name: 'platform', spec: { precedence: 'Enforced' } });
const HUB_URL = 'https://index.docker.io/v1/';

function shadowedOf({ coverage }: Desired, { uid }: Credential): readonly string[] {
  const one = coverage.find(({ credential }) => credential.uid === uid);
  return (one?.shadowed ?? []).map(({ key, winner, reason }) => `${key} < ${winner} ${reason}`);
}

/** The user's image, the bytes that a namespace holds: whose password is tried first? */
function firstPassword({ secrets }: Desired, image: string): string | undefined {
  const texts = secrets.map(({ config }) => ({ type: 'kubernetes.io/dockerconfigjson', data: config.text }));
  const found = lookupCredentials(texts, image);
  return found.ok ? found.credentials[0]?.password : undefined;
}

describe('merging credentials into one Secret', () => {
  it('puts the hosts of both into it, with both in the marker', () => {
    const { secrets } = decided({
      credentials: [platform, team],
      tokens: { 'uid-platform': published({ 'quay.io': 'q' }), 'uid-team': published({ 'ghcr.io': 'g' }) },
    });

    assert.deepEqual(secrets.map(winnersOf), [{ 'ghcr.io': 'team', 'quay.io': 'platform' }]);
    assert.deepEqual(passwordsOf(secrets[0]), { 'ghcr.io': 'g', 'quay.io': 'q' });
  });

  it('F144: gives a shared key to the namespaced credential, and tells the other', () => {
    const given = {
      tokens: { 'uid-platform': published({ 'ghcr.io': 'p' }), 'uid-team': published({ 'ghcr.io': 't' }) },
    };

    const here = decided({ ...given, credentials: [platform, team] });
    const elsewhere = decided({ ...given, credentials: [platform], namespace: slimNamespace({ name: 'team-b' }) });

    assert.deepEqual(passwordsOf(here.secrets[0]), { 'ghcr.io': 't' });
    assert.deepEqual(shadowedOf(here, platform), ['ghcr.io < RegistryCredential/team HigherPrecedence']);
    assert.deepEqual(shadowedOf(here, team), []);
    assert.deepEqual(passwordsOf(elsewhere.secrets[0]), { 'ghcr.io': 'p' });
    assert.deepEqual(shadowedOf(elsewhere, platform), []);
  });

  it('F145: gives an Enforced credential its key and the longer paths, and takes it back when it is Overridable', () => {
    const tokens = {
      'uid-platform': published({ 'ghcr.io': 'p' }),
      'uid-team': published({ 'ghcr.io': 't', 'ghcr.io/team': 'long' }),
    };

    const held = decided({ credentials: [enforced, team], tokens });
    const back = decided({ credentials: [platform, team], tokens });

    assert.deepEqual(passwordsOf(held.secrets[0]), { 'ghcr.io': 'p' });
    assert.deepEqual(shadowedOf(held, team), [
      'ghcr.io < ClusterRegistryCredential/platform Enforced',
      'ghcr.io/team < ClusterRegistryCredential/platform Enforced',
    ]);
    assert.equal(firstPassword(held, 'ghcr.io/team/app:1'), 'p');
    assert.deepEqual(passwordsOf(back.secrets[0]), { 'ghcr.io': 't', 'ghcr.io/team': 'long' });
  });

  it('F146: displaces nobody for an Enforced credential without a token, nor for one whose token was removed', () => {
    const tokens = { 'uid-team': published({ 'ghcr.io': 't' }) };
    const before = decided({ credentials: [team], tokens });
    const secrets = before.secrets.map((secret) => written(secret));

    const notYet = decided({ credentials: [enforced, team], tokens, secrets });
    const expired = decided({
      credentials: [enforced, team],
      tokens: { ...tokens, 'uid-platform': published({}) },
      secrets,
    });
    const there = decided({
      credentials: [enforced, team],
      tokens: { ...tokens, 'uid-platform': published({ 'ghcr.io': 'p' }) },
      secrets,
    });

    for (const one of [notYet, expired]) assert.deepEqual(passwordsOf(one.secrets[0]), { 'ghcr.io': 't' });
    assert.deepEqual(passwordsOf(there.secrets[0]), { 'ghcr.io': 'p' });
    assert.deepEqual(
      there.actions.map(({ kind }) => kind),
      ['UpdateSecret', 'SetEntries'],
    );
  });

  it('F147: takes all spellings of a registry for one key, and both keys of Docker Hub from the same winner', () => {
    for (const spelling of ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1/']) {
      const { secrets } = decided({
        credentials: [platform, team],
        tokens: { 'uid-platform': published({ 'docker.io': 'p' }), 'uid-team': published({ [spelling]: 't' }) },
      });
      assert.deepEqual(passwordsOf(secrets[0]), { 'docker.io': 't', [HUB_URL]: 't' }, spelling);
      assert.deepEqual(winnersOf(secrets[0]), { 'docker.io': 'team' });
    }
    for (const spelling of ['r.example.com/', 'R.Example.COM', 'r.example.com:443', 'https://r.example.com']) {
      const { secrets } = decided({
        credentials: [platform, team],
        tokens: { 'uid-platform': published({ 'r.example.com': 'p' }), 'uid-team': published({ [spelling]: 't' }) },
      });
      assert.deepEqual(passwordsOf(secrets[0]), { 'r.example.com': 't' }, spelling);
    }
  });

  it('F148: keeps gcr.io and gcr.io/team-a of two credentials; the kubelet tries the longer first', () => {
    const both = decided({
      credentials: [platform, team],
      tokens: { 'uid-platform': published({ 'gcr.io': 'p' }), 'uid-team': published({ 'gcr.io/team-a': 't' }) },
    });

    assert.deepEqual(passwordsOf(both.secrets[0]), { 'gcr.io': 'p', 'gcr.io/team-a': 't' });
    for (const credential of [platform, team]) assert.deepEqual(shadowedOf(both, credential), []);
    assert.equal(firstPassword(both, 'gcr.io/team-a/app'), 't');
    assert.equal(firstPassword(both, 'gcr.io/team-b/app'), 'p');
  });

  it('F149: keeps the credential in place until the stronger one has a token, then changes it in one write', () => {
    const tokens = { 'uid-platform': published({ 'ghcr.io': 'p' }) };
    const secrets = decided({ credentials: [platform], tokens }).secrets.map((secret) => written(secret));

    const waiting = decided({ credentials: [platform, team], tokens, secrets });
    const failed = decided({
      credentials: [platform, team],
      tokens: { ...tokens, 'uid-team': published({}, { waiting: ['ghcr.io'] }) },
      secrets,
    });
    const there = decided({
      credentials: [platform, team],
      tokens: { ...tokens, 'uid-team': published({ 'ghcr.io': 't' }) },
      secrets,
    });

    for (const one of [waiting, failed]) assert.deepEqual(passwordsOf(one.secrets[0]), { 'ghcr.io': 'p' });
    assert.deepEqual(winnersOf(there.secrets[0]), { 'ghcr.io': 'team' });
    assert.equal(there.actions.filter(({ kind }) => kind === 'UpdateSecret').length, 1);
  });

  it('F150: lets the next in order take the host of an expired winner, and gives it back when that one heals', () => {
    const lower = published({ 'ghcr.io': 'p' });
    const healthy = decided({
      credentials: [platform, team],
      tokens: { 'uid-platform': lower, 'uid-team': published({ 'ghcr.io': 't' }) },
    });
    const secrets = healthy.secrets.map((secret) => written(secret));
    const removed = decided({
      credentials: [platform, team],
      tokens: { 'uid-platform': lower, 'uid-team': published({}) },
      secrets,
    });

    assert.deepEqual(shadowedOf(healthy, platform), ['ghcr.io < RegistryCredential/team HigherPrecedence']);
    assert.deepEqual(passwordsOf(removed.secrets[0]), { 'ghcr.io': 'p' });
    assert.deepEqual(removed.secrets[0]?.carryOver, []);
    assert.deepEqual(shadowedOf(removed, platform), []);
  });

  it('F151: takes the host of a deselected winner in the same write, and keeps a departing or suspended one', () => {
    const older = clusterCredential({ name: 'older', createdAt: '2025-01-01T00:00:00Z' });
    const tokens = { 'uid-older': published({ 'ghcr.io': 'o' }), 'uid-platform': published({ 'ghcr.io': 'p' }) };
    const secrets = decided({ credentials: [older, platform], tokens }).secrets.map((secret) => written(secret));
    const deselected = clusterCredential({
      name: 'older',
      createdAt: '2025-01-01T00:00:00Z',
      spec: { namespaces: { names: ['other'] } },
    });
    const suspended = clusterCredential({ name: 'older', createdAt: '2025-01-01T00:00:00Z', spec: { suspend: true } });

    const now = {
      deselected: decided({ credentials: [deselected, platform], tokens, secrets }),
      departing: decided({ credentials: [platform], departures: { 'uid-older': 'departing' }, tokens, secrets }),
      suspended: decided({ credentials: [suspended, platform], tokens, secrets }),
      gone: decided({ credentials: [platform], departures: { 'uid-older': 'gone' }, tokens, secrets }),
    };

    for (const one of [now.deselected, now.gone]) {
      assert.deepEqual(passwordsOf(one.secrets[0]), { 'ghcr.io': 'p' });
      assert.deepEqual(
        one.secrets[0]?.marker.by.map(({ name }) => name),
        ['platform'],
      );
    }
    for (const one of [now.departing, now.suspended]) {
      assert.deepEqual(one.secrets[0]?.carryOver, ['ghcr.io']);
      assert.deepEqual(
        one.actions.filter(({ kind }) => kind === 'UpdateSecret'),
        [],
      );
    }
  });

  it('F152: attaches for a credential whose hosts are all shadowed, and gives it no host in the marker', () => {
    const shadowed = clusterCredential({ name: 'platform', spec: { serviceAccounts: { names: ['builder'] } } });
    const { secrets } = decided({
      credentials: [shadowed, team],
      tokens: { 'uid-platform': published({ 'ghcr.io': 'p' }), 'uid-team': published({ 'ghcr.io': 't' }) },
    });

    assert.deepEqual(winnersOf(secrets[0]), { 'ghcr.io': 'team' });
    assert.deepEqual(
      secrets[0]?.marker.by.map(({ name }) => name),
      ['platform', 'team'],
    );
    assert.deepEqual(
      ['default', 'builder'].map((name) => secrets[0]?.wantsEntry(name)),
      [true, true],
    );
  });

  it('F153: writes the hosts of the others where one has no token; nothing at all where nobody has', () => {
    const { secrets } = decided({
      credentials: [platform, team],
      tokens: { 'uid-platform': published({ 'quay.io': 'p' }) },
    });
    const nothing = decided({
      credentials: [platform, team],
      tokens: { 'uid-team': published({}, { waiting: ['ghcr.io'] }) },
    });

    assert.deepEqual(passwordsOf(secrets[0]), { 'quay.io': 'p' });
    assert.deepEqual(
      secrets[0]?.marker.by.map(({ name }) => name),
      ['platform'],
    );
    assert.deepEqual(nothing.actions, []);
  });

  it('F156: wants the entry in the union of the ServiceAccounts, until its credential goes', () => {
    const builder = clusterCredential({ name: 'builder', spec: { serviceAccounts: { names: ['builder'] } } });
    const tokens = { 'uid-platform': published({ 'quay.io': 'q' }), 'uid-builder': published({ 'ghcr.io': 'g' }) };
    const both = decided({ credentials: [platform, builder], tokens });
    const secrets = both.secrets.map((secret) => written(secret));

    const departing = decided({ credentials: [platform], departures: { 'uid-builder': 'departing' }, tokens, secrets });
    const gone = decided({ credentials: [platform], departures: { 'uid-builder': 'gone' }, tokens, secrets });

    const wants = ({ secrets: [secret] }: Desired) =>
      ['default', 'builder', 'other'].filter((name) => secret?.wantsEntry(name));
    assert.deepEqual(wants(both), ['default', 'builder']);
    assert.equal(departing.secrets[0]?.keepsEntries, true);
    assert.deepEqual(wants(gone), ['default']);
    assert.equal(gone.secrets[0]?.keepsEntries, false);
  });

  it('F157: takes the value of a template key from the stronger credential, and tells the other', () => {
    const one = clusterCredential({
      name: 'platform',
      spec: { secretTemplate: { labels: { team: 'platform', tier: 'all' } } },
    });
    const other = tenantCredential({
      name: 'team',
      spec: { secretTemplate: { labels: { team: 'a' }, annotations: { note: 'x' } } },
    });
    const tokens = { 'uid-platform': published({ 'quay.io': 'q' }), 'uid-team': published({ 'ghcr.io': 'g' }) };

    const inOneOrder = decided({ credentials: [one, other], tokens });
    const inTheOther = decided({ credentials: [other, one], tokens });

    for (const { secrets, coverage } of [inOneOrder, inTheOther]) {
      const { team: value, tier } = secrets[0]?.labels ?? {};
      assert.deepEqual([value, tier, secrets[0]?.annotations], ['a', 'all', { note: 'x' }]);
      const overruled = new Map(coverage.map(({ credential, overruled: keys }) => [credential.name, keys]));
      assert.deepEqual(overruled.get('platform'), ['label team of RegistryCredential/team']);
      assert.deepEqual(overruled.get('team'), []);
    }
  });

  it('F158: does not adopt while one credential says Fail', () => {
    const adopts = clusterCredential({ name: 'platform', spec: { conflictPolicy: 'Adopt' } });
    const tokens = { 'uid-platform': published({ 'quay.io': 'q' }), 'uid-team': published({ 'ghcr.io': 'g' }) };

    assert.equal(decided({ credentials: [adopts, team], tokens }).secrets[0]?.adopts, false);
    assert.equal(decided({ credentials: [adopts], tokens }).secrets[0]?.adopts, true);
  });

  it('keeps two secretNames apart: the same host in both is no shadow', () => {
    const other = tenantCredential({ name: 'team', spec: { secretName: 'own' } });
    const both = decided({
      credentials: [platform, other],
      tokens: { 'uid-platform': published({ 'ghcr.io': 'p' }), 'uid-team': published({ 'ghcr.io': 't' }) },
    });

    assert.deepEqual(
      both.secrets.map(({ name }) => name),
      ['own', 'regcred-managed'],
    );
    assert.deepEqual(both.secrets.map(passwordsOf), [{ 'ghcr.io': 't' }, { 'ghcr.io': 'p' }]);
    for (const { shadowed } of both.coverage) assert.deepEqual(shadowed, []);
  });
});

describe('what is desired', () => {
  it('F164: is the same for credentials and hosts in any order, and equal in every namespace', () => {
    const tokens = {
      'uid-a': published({ 'docker.io': 'a', 'ghcr.io': 'a' }),
      'uid-b': published({ 'ghcr.io': 'b', 'quay.io': 'b' }),
      'uid-c': published({ 'quay.io/c': 'c', 'quay.io': 'c' }),
    };
    const credentials = ['a', 'b', 'c'].map((name) => clusterCredential({ name }));
    const shuffledTokens = fc
      .shuffledSubarray(Object.keys(tokens) as (keyof typeof tokens)[], { minLength: 3 })
      .map((uids) =>
        Object.fromEntries(uids.map((uid) => [uid, { ...tokens[uid], entries: [...tokens[uid].entries].reverse() }])),
      );
    const expected = decided({ credentials, tokens }).secrets[0];

    fc.assert(
      fc.property(fc.shuffledSubarray(credentials, { minLength: 3 }), shuffledTokens, (order, shuffled) => {
        for (const name of ['team-a', 'team-b']) {
          const [secret] = decided({
            credentials: order,
            tokens: shuffled,
            namespace: slimNamespace({ name }),
          }).secrets;
          assert.equal(secret?.config.text, expected?.config.text);
          assert.deepEqual([...(secret?.marker.hosts ?? [])].sort(), [...(expected?.marker.hosts ?? [])].sort());
          assert.deepEqual(secret?.marker.by, expected?.marker.by);
        }
      }),
    );
  });

  it('is pure: it asks for nothing more once it was written, and says so again', () => {
    const given = {
      credentials: [platform, team],
      tokens: {
        'uid-platform': published({ 'ghcr.io': 'p', 'docker.io': 'p' }),
        'uid-team': published({ 'ghcr.io': 't' }),
      },
    };
    const secrets = decided(given).secrets.map((secret) => written(secret));
    const again = situation({ ...given, secrets, serviceAccounts: [] });

    const drafts = createDrafts(createEncoder());
    assert.deepEqual(desired(again, drafts).secrets[0]?.config, desired(again, drafts).secrets[0]?.config);
    assert.deepEqual(decided({ ...given, secrets, serviceAccounts: [] }).actions, []);
    assert.deepEqual(auth('t'), { auth: Buffer.from('bot:t').toString('base64'), username: 'bot', password: 't' });
  });
});
