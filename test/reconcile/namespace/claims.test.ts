import assert from 'node:assert/strict';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { isHeir, membersOf, rawKeysUnder, secretNamesOf, standsIn } from '../../../src/reconcile/namespace/claims.ts';
import type { Published } from '../../../src/reconcile/ports.ts';
import type { SituationGiven } from '../../support/gen.ts';
import {
  clusterCredential,
  decided,
  published,
  SECRET_NAME,
  situation,
  slimSecret,
  slimServiceAccount,
  tenantCredential,
  written,
} from '../../support/gen.ts';

const platform = clusterCredential({ name: 'platform' });
const TOKENS = { 'uid-platform': published({ 'docker.io': 'd', 'quay.io': 'q' }) };
const WRITTEN = decided({ credentials: [platform], tokens: TOKENS }).secrets.map((secret) => written(secret));

/** Per member "NAME[ frozen]: KEY, KEY (carried)". */
function members(given: SituationGiven, secretName = SECRET_NAME): readonly string[] {
  return membersOf(secretName, situation(given)).map(({ credential, frozen, claims }) => {
    const keys = claims?.map(({ key, entry }) => (entry ? key : `${key} (carried)`)).join(', ');
    return `${credential.name}${frozen ? ' frozen' : ''}: ${keys ?? 'unknown'}`;
  });
}

describe('what a credential claims in one Secret', () => {
  const changed = (spec: object): Credential => clusterCredential({ name: 'platform', spec });

  /** Its secretName is another now, and the new Secret holds what it has to publish. */
  function moved(tokens: Readonly<Record<string, Published>>, others: readonly Credential[] = []): SituationGiven {
    const given = { credentials: [changed({ secretName: 'other' }), ...others], tokens };
    return { ...given, secrets: [...WRITTEN, ...decided(given).secrets.map((secret) => written(secret))] };
  }

  it('is what it holds', () => {
    assert.deepEqual(members({ credentials: [platform], tokens: TOKENS }), ['platform: docker.io, quay.io']);
  });

  it('is unknown before its first token, and what stands there after a restart', () => {
    assert.deepEqual(members({ credentials: [platform] }), ['platform: unknown']);
    assert.deepEqual(members({ credentials: [platform], secrets: WRITTEN }), [
      'platform: docker.io (carried), quay.io (carried)',
    ]);
  });

  it('is what it holds, and of what waits only what stands there', () => {
    const tokens = { 'uid-platform': published({ 'quay.io': 'q2' }, { waiting: ['docker.io', 'ghcr.io'] }) };
    assert.deepEqual(members({ credentials: [platform], tokens, secrets: WRITTEN }), [
      'platform: quay.io, docker.io (carried)',
    ]);
    assert.deepEqual(members({ credentials: [platform], tokens }), ['platform: quay.io']);
  });

  it('is carried, and nothing new, while it is suspended', () => {
    const tokens = { 'uid-platform': published({ 'quay.io': 'q2', 'ghcr.io': 'new' }) };
    const suspended = changed({ suspend: true });
    assert.deepEqual(members({ credentials: [suspended], tokens, secrets: WRITTEN }), [
      'platform frozen: docker.io (carried), quay.io (carried)',
    ]);
    assert.deepEqual(members({ credentials: [suspended], tokens }), []);
  });

  it('is nothing where a key was taken out of the live Secret meanwhile', () => {
    const [slim] = WRITTEN;
    const secrets = slim ? [{ ...slim, entryHashes: new Map([['quay.io', 'hash']]) }] : [];
    assert.deepEqual(members({ credentials: [changed({ suspend: true })], secrets }), [
      'platform frozen: quay.io (carried)',
    ]);
  });

  it('is nothing once it no longer selects the namespace', () => {
    const deselected = changed({ namespaces: { names: ['other'] } });
    assert.deepEqual(members({ credentials: [deselected], tokens: TOKENS, secrets: WRITTEN }), []);
  });

  it('stays in the old Secret after a change of secretName, until the new one is there', () => {
    const renamed = changed({ secretName: 'other' });
    const given = { credentials: [renamed], tokens: TOKENS, secrets: WRITTEN };
    assert.deepEqual(members(given), ['platform frozen: docker.io (carried), quay.io (carried)']);
    assert.deepEqual(members(given, 'other'), ['platform: docker.io, quay.io']);

    const arrived = decided(given).secrets.filter(({ name }) => name === 'other');
    const secrets = [...WRITTEN, ...arrived.map((secret) => written(secret))];
    assert.deepEqual(members({ ...given, secrets }), []);
  });

  it('F220: stays in the old Secret until every ServiceAccount that names it names the new one too', () => {
    const given = moved(TOKENS);
    const naming = (entries: readonly string[]) => [slimServiceAccount({ entries })];

    assert.deepEqual(members({ ...given, serviceAccounts: naming([SECRET_NAME]) }), [
      'platform frozen: docker.io (carried), quay.io (carried)',
    ]);
    assert.deepEqual(members({ ...given, serviceAccounts: naming([SECRET_NAME, 'other']) }), []);
    assert.deepEqual(members({ ...given, serviceAccounts: naming([]) }), []);
  });

  it('F220: stays in the old Secret while a login of its own waits, whoever holds that host in the new one', () => {
    const tokens = { 'uid-platform': published({ 'quay.io': 'q' }, { waiting: ['docker.io'] }) };
    const another = clusterCredential({ name: 'z', spec: { secretName: 'other' } });
    const stays = ['platform frozen: docker.io (carried), quay.io (carried)'];

    assert.deepEqual(members(moved(tokens)), stays);
    assert.deepEqual(members(moved({ ...tokens, 'uid-z': published({ 'docker.io': 'z' }) }, [another])), stays);
  });

  for (const host of ['ghcr.io', 'quay.io:8443'])
    it(`F220: stays in a Secret that it leaves again until the other holds ${host}, which only this one does`, () => {
      const [both] = moved({ 'uid-platform': published({ 'quay.io': 'q' }, { waiting: ['docker.io'] }) }).secrets ?? [];
      const back = { 'uid-platform': published({ [host]: 'g' }) };
      const there = decided({ credentials: [changed({ secretName: 'other' })], tokens: back }).secrets[0];
      const given = {
        credentials: [platform],
        tokens: back,
        secrets: [both, there && written(there)].flatMap((one) => one ?? []),
      };

      assert.deepEqual(members(given, 'other'), [`platform frozen: ${host} (carried)`]);
    });

  it('is inherited from one of its name before it, and from no other', () => {
    const again = clusterCredential({ name: 'platform', uid: 'uid-new' });
    const namesake = tenantCredential({ name: 'platform', uid: 'uid-tenant' });
    assert.deepEqual(members({ credentials: [again, namesake], secrets: WRITTEN }), [
      'platform: docker.io (carried), quay.io (carried)',
      'platform: unknown',
    ]);
    const by = { kind: 'ClusterRegistryCredential', name: 'platform', uid: 'uid-platform', retain: false } as const;
    assert.deepEqual(
      [again, namesake, platform].map((one) => isHeir(one, by)),
      [true, false, true],
    );
  });
});

describe('the Secrets that matter', () => {
  it('are those that are covered, and those of ours that stand there', () => {
    const other = tenantCredential({ name: 'team', spec: { secretName: 'own' } });
    const foreign = slimSecret({ name: 'foreign' });
    assert.deepEqual(secretNamesOf(situation({ credentials: [other], secrets: [...WRITTEN, foreign] })), [
      'own',
      SECRET_NAME,
    ]);
  });

  it('are none for a credential that is suspended, or asks for a name that is not permitted', () => {
    const suspended = tenantCredential({ name: 'team', spec: { suspend: true } });
    const forbidden = tenantCredential({ name: 'team', spec: { secretName: 'own' } });
    assert.deepEqual(secretNamesOf(situation({ credentials: [suspended] })), []);
    const permissions = { secretNames: [SECRET_NAME] };
    assert.deepEqual(secretNamesOf(situation({ credentials: [forbidden], permissions })), []);
  });
});

describe('keys in a live Secret', () => {
  const auths = { 'https://index.docker.io/v1/': {}, 'index.docker.io': {}, 'quay.io/': {}, 'quay.io/team': {} };
  const slim = slimSecret({ auths });

  it('are found under every spelling that the kubelet files alike', () => {
    assert.deepEqual(rawKeysUnder(slim, 'docker.io').toSorted(), ['https://index.docker.io/v1/', 'index.docker.io']);
    assert.deepEqual(rawKeysUnder(slim, 'quay.io'), ['quay.io/']);
    assert.ok(standsIn(slim, 'quay.io/team'));
    assert.ok(!standsIn(slim, 'ghcr.io'));
  });

  it('are none where the docker config is no JSON', () => {
    assert.ok(!standsIn(slimSecret({ text: '{' }), 'quay.io'));
  });
});
