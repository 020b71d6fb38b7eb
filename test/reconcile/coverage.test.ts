import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  byPrecedence,
  decideKeys,
  forbiddenServiceAccounts,
  selects,
  standingOf,
  wantsServiceAccount,
} from '../../src/reconcile/coverage.ts';
import type { Credential } from '../../src/reconcile/credential.ts';
import { ALL_PERMITTED, clusterCredential, slimNamespace, tenantCredential } from '../support/gen.ts';

const ENFORCED = { spec: { precedence: 'Enforced' } };
const OLD = '2025-01-01T00:00:00Z';
const NEW = '2026-06-01T00:00:00Z';

function claim(credential: Credential, key: string) {
  return { credential, key };
}

/** "KEY WINNER", and "KEY LOSER < WINNER REASON". */
function decide(...claims: readonly (readonly [Credential, string])[]) {
  const { won, lost } = decideKeys(claims.map(([credential, key]) => claim(credential, key)));
  return {
    won: won.map(({ key, credential }) => `${key} ${credential.name}`),
    lost: lost.map((one) => `${one.claim.key} ${one.claim.credential.name} < ${one.winner.name} ${one.reason}`),
  };
}

describe('precedence of credentials', () => {
  const pairs: Readonly<Record<string, readonly [stronger: Credential, weaker: Credential]>> = {
    'namespaced before cluster, however young': [
      tenantCredential({ createdAt: NEW }),
      clusterCredential({ createdAt: OLD }),
    ],
    'the older of two cluster credentials': [
      clusterCredential({ name: 'z', createdAt: OLD }),
      clusterCredential({ name: 'a', createdAt: NEW }),
    ],
    'of the same age the name': [clusterCredential({ name: 'a' }), clusterCredential({ name: 'b' })],
    'of the same age and name the UID': [clusterCredential({ uid: '1' }), clusterCredential({ uid: '2' })],
    'Enforced before namespaced': [
      clusterCredential({ ...ENFORCED, createdAt: NEW }),
      tenantCredential({ createdAt: OLD }),
    ],
    'the older of two Enforced ones': [
      clusterCredential({ ...ENFORCED, name: 'z', createdAt: OLD }),
      clusterCredential({ ...ENFORCED, name: 'a', createdAt: NEW }),
    ],
    'a namespaced one, whose precedence no schema lets it set': [
      tenantCredential({ createdAt: OLD }),
      tenantCredential({ ...ENFORCED, name: 'other', createdAt: NEW }),
    ],
  };
  for (const [title, [stronger, weaker]] of Object.entries(pairs)) {
    it(`F144: puts first ${title}`, () => {
      assert.ok(byPrecedence(stronger, weaker) < 0);
      assert.ok(byPrecedence(weaker, stronger) > 0);
    });
  }
});

describe('deciding who wins a key', () => {
  it('F144: gives a key to the stronger and tells the loser whom it lost to', () => {
    const { won, lost } = decide(
      [clusterCredential({ name: 'platform' }), 'ghcr.io'],
      [tenantCredential({ name: 'team' }), 'ghcr.io'],
      [clusterCredential({ name: 'platform' }), 'quay.io'],
    );

    assert.deepEqual(won, ['ghcr.io team', 'quay.io platform']);
    assert.deepEqual(lost, ['ghcr.io platform < team HigherPrecedence']);
  });

  it('F145: gives an Enforced credential its key and every longer path under it', () => {
    const platform = clusterCredential({ name: 'platform', ...ENFORCED });
    const team = tenantCredential({ name: 'team' });

    const { won, lost } = decide(
      [platform, 'pkg.example.com/all'],
      [team, 'pkg.example.com/all'],
      [team, 'pkg.example.com/all/team-a'],
      [team, 'pkg.example.com/allies'], // the kubelet compares paths as text
      [team, 'pkg.example.com'],
      [team, 'pkg.example.com.other.net/all/team-a'],
    );

    assert.deepEqual(won, [
      'pkg.example.com team',
      'pkg.example.com.other.net/all/team-a team',
      'pkg.example.com/all platform',
    ]);
    assert.deepEqual(lost, [
      'pkg.example.com/all team < platform Enforced',
      'pkg.example.com/all/team-a team < platform Enforced',
      'pkg.example.com/allies team < platform Enforced',
    ]);
  });

  it('F145: leaves longer paths of other cluster credentials, and everything of an Overridable one, to others', () => {
    const enforced = clusterCredential({ name: 'enforced', ...ENFORCED });
    const overridable = clusterCredential({ name: 'overridable' });
    const team = tenantCredential({ name: 'team' });

    const { won, lost } = decide(
      [enforced, 'ghcr.io'],
      [overridable, 'ghcr.io/platform'],
      [overridable, 'quay.io'],
      [team, 'quay.io/team'],
    );

    assert.equal(won.length, 4);
    assert.deepEqual(lost, []);
  });

  it('F148: keeps a host and a path under it as two keys', () => {
    const { won, lost } = decide(
      [clusterCredential({ name: 'platform' }), 'gcr.io'],
      [tenantCredential({ name: 'team' }), 'gcr.io/team-a'],
    );

    assert.deepEqual(won, ['gcr.io platform', 'gcr.io/team-a team']);
    assert.deepEqual(lost, []);
  });

  it('F144: decides the same for claims in any order, and nobody loses to a weaker one', () => {
    const credentials = [
      clusterCredential({ name: 'enforced', ...ENFORCED, createdAt: NEW }),
      clusterCredential({ name: 'enforced-too', ...ENFORCED, createdAt: OLD }),
      clusterCredential({ name: 'old', createdAt: OLD }),
      clusterCredential({ name: 'same-age-1' }),
      clusterCredential({ name: 'same-age-2' }),
      tenantCredential({ name: 'team' }),
      tenantCredential({ name: 'team-too', createdAt: NEW }),
    ];
    const claims = fc.uniqueArray(
      fc.record({
        credential: fc.constantFrom(...credentials),
        key: fc.constantFrom('a.io', 'a.io/x', 'a.io/x/y', 'b.io', 'b.io:5000'),
      }),
      { selector: ({ credential, key }) => `${credential.name} ${key}` },
    );
    const inTwoOrders = claims.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );

    fc.assert(
      fc.property(inTwoOrders, ([one, other]) => {
        assert.deepEqual(decideKeys(one), decideKeys(other));
        const { won, lost } = decideKeys(one);
        assert.equal(won.length + lost.length, one.length);
        assert.equal(new Set(won.map(({ key }) => key)).size, won.length);
        for (const loss of lost) assert.ok(byPrecedence(loss.winner, loss.claim.credential) < 0);
      }),
    );
  });
});

describe('selecting namespaces', () => {
  const selecting = (namespaces: object): Credential => clusterCredential({ spec: { namespaces } });
  const cases: readonly (readonly [title: string, namespaces: object, names: readonly string[]])[] = [
    ['literal names', { names: ['team-a'] }, ['team-a']],
    ['globs', { names: ['team-*'] }, ['team-a', 'team-b']],
    ['all but the system and the operator', { names: ['*'] }, ['kubeless', 'labelled', 'team-a', 'team-b']],
    ['a system namespace by its exact name', { names: ['kube-system', 'kube-*'] }, ['kube-system']],
    ['labels', { selector: { matchLabels: { tier: 'prod' } } }, ['labelled']],
    ['names or labels', { names: ['team-a'], selector: { matchLabels: { tier: 'prod' } } }, ['labelled', 'team-a']],
    ['less what is excluded by name', { names: ['team-*'], exclude: { names: ['*-b'] } }, ['team-a']],
    ['less a system namespace that is excluded too', { names: ['kube-system'], exclude: { names: ['kube-*'] } }, []],
    [
      'less what is excluded by label',
      { names: ['*'], exclude: { selector: { matchLabels: { tier: 'prod' } } } },
      ['kubeless', 'team-a', 'team-b'],
    ],
    [
      'NotIn, which a missing label fulfils',
      { selector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['prod'] }] } },
      ['kubeless', 'team-a', 'team-b'],
    ],
    ['Exists', { selector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } }, ['labelled']],
    [
      'both of two expressions',
      {
        selector: {
          matchExpressions: [
            { key: 'tier', operator: 'In', values: ['prod', 'test'] },
            { key: 'constructor', operator: 'DoesNotExist' },
          ],
        },
      },
      ['labelled'],
    ],
  ];
  const all = [
    ...['team-a', 'team-b', 'kube-system', 'kube-public', 'kubeless', 'regcred-system'].map((name) =>
      slimNamespace({ name }),
    ),
    slimNamespace({ name: 'labelled', labels: { tier: 'prod' } }),
    slimNamespace({ name: 'ignored', labels: { 'regcred.dev/ignore': 'true', tier: 'prod' } }),
    slimNamespace({ name: 'ending', labels: { tier: 'prod' }, terminating: true }),
  ];
  for (const [title, namespaces, expected] of cases) {
    it(`takes ${title}`, () => {
      const selected = all.filter((one) => selects(selecting(namespaces), one, 'regcred-system'));
      assert.deepEqual(selected.map(({ name }) => name).sort(), expected);
    });
  }

  it('takes nothing by an empty selector', () => {
    const credential = selecting({ names: [], selector: {} });
    assert.ok(all.every((one) => !selects(credential, one, 'regcred-system')));
  });

  it('takes its own namespace and no other for the namespaced kind', () => {
    const selected = all.filter((one) => selects(tenantCredential({ namespace: 'team-b' }), one, 'regcred-system'));
    assert.deepEqual(
      selected.map(({ name }) => name),
      ['team-b'],
    );
  });
});

describe('standing', () => {
  it('freezes what is suspended, beyond the install option, or not usable', () => {
    const permissions = { ...ALL_PERMITTED, secretNames: ['regcred-managed'] };
    const standings = {
      active: clusterCredential(),
      suspended: clusterCredential({ spec: { suspend: true } }),
      'not-permitted': clusterCredential({ spec: { secretName: 'other', suspend: true } }),
      invalid: clusterCredential({ spec: { provider: {}, secretName: 'other' } }),
    };
    for (const [expected, credential] of Object.entries(standings)) {
      assert.equal(standingOf(credential, permissions), expected);
    }
  });
});

describe('serviceAccounts', () => {
  it('takes names and globs less the excluded ones; None takes nothing', () => {
    const { spec } = clusterCredential({
      spec: { serviceAccounts: { names: ['default', 'ci-*'], exclude: ['ci-x'] } },
    });
    const none = clusterCredential({ spec: { serviceAccounts: { policy: 'None' } } });
    const names = ['default', 'ci-a', 'ci-x', 'other'];

    assert.deepEqual(
      names.filter((name) => wantsServiceAccount(spec, name)),
      ['default', 'ci-a'],
    );
    assert.ok(!names.some((name) => wantsServiceAccount(none.spec, name)));
  });

  it('names what reaches beyond the install option', () => {
    const { spec } = clusterCredential({ spec: { serviceAccounts: { names: ['default', 'builder'] } } });
    assert.deepEqual(forbiddenServiceAccounts(spec, ['default']), ['builder']);
    assert.deepEqual(forbiddenServiceAccounts(spec, '*'), []);
  });
});
