import assert from 'node:assert/strict';
import type { Credential } from '../../../src/reconcile/credential.ts';
import type { Marker } from '../../../src/reconcile/marker.ts';
import {
  auth,
  clusterCredential,
  decided,
  INSTALLATION,
  published,
  SECRET_NAME,
  slimSecret,
  slimServiceAccount,
  tenantCredential,
  written,
} from '../../support/gen.ts';
import type { SecretGiven, SituationGiven } from '../../support/gen.ts';
import { planned, told } from '../../support/told.ts';

const platform = clusterCredential({ name: 'platform' });
const adopting = clusterCredential({ name: 'platform', spec: { conflictPolicy: 'Adopt' } });
const TOKENS = { 'uid-platform': published({ 'quay.io': 'q' }) };
const GIVEN: SituationGiven = { credentials: [platform], tokens: TOKENS };
const WRITTEN = decided(GIVEN).secrets.map((secret) => written(secret));
const ATTACHED = slimServiceAccount({ entries: [SECRET_NAME], annotated: [SECRET_NAME] });

const MARKER: Marker = {
  installation: INSTALLATION,
  namespaceUid: 'uid-team-a',
  secretName: SECRET_NAME,
  adopted: false,
  by: [{ kind: 'ClusterRegistryCredential', name: 'platform', uid: 'uid-platform', retain: false }],
  hosts: new Map([['quay.io', 0]]),
  labels: new Map(),
  annotations: new Map(),
  records: new Map(),
};

describe('the plan for one namespace', () => {
  it('creates the Secret first, then the entry', () => {
    assert.deepEqual(planned(GIVEN), [`create ${SECRET_NAME}`, `default +${SECRET_NAME} -`]);
  });

  it('is empty once that is so', () => {
    assert.deepEqual(planned({ ...GIVEN, secrets: WRITTEN, serviceAccounts: [ATTACHED] }), []);
  });

  it('rotates in place, and leaves the entry alone', () => {
    const tokens = { 'uid-platform': published({ 'quay.io': 'new' }) };
    const actions = planned({ credentials: [platform], tokens, secrets: WRITTEN, serviceAccounts: [ATTACHED] });
    assert.deepEqual(actions, [`update ${SECRET_NAME} DataDiffers`]);
  });

  it('takes the entry off before it deletes the Secret', () => {
    const gone: SituationGiven = { departures: { 'uid-platform': 'gone' }, secrets: WRITTEN };
    const actions = planned({ ...gone, serviceAccounts: [ATTACHED] });
    assert.deepEqual(actions, [`default + -${SECRET_NAME}`, `DeleteSecret ${SECRET_NAME}`]);
  });

  it('leaves everything while the grace runs, or nothing is proven', () => {
    const departing: SituationGiven = { departures: { 'uid-platform': 'departing' }, secrets: WRITTEN };
    assert.deepEqual(planned({ ...departing, serviceAccounts: [ATTACHED] }), []);
  });

  it('waits where a Secret is terminating: it is made anew when it is gone', () => {
    const ending = WRITTEN.map((slim) => ({ ...slim, terminating: true }));
    assert.deepEqual(planned({ ...GIVEN, secrets: ending, serviceAccounts: [ATTACHED] }), []);
  });
});

describe('reasons to write a Secret', () => {
  const [slim] = WRITTEN;
  const standing = slim ?? assert.fail();
  const cases: Readonly<Record<string, readonly [SituationGiven, string | undefined]>> = {
    'an edited host': [{ secrets: [{ ...standing, configHash: 'other' }] }, 'DataDiffers'],
    'a docker config that is no JSON': [
      { secrets: [{ ...standing, configHash: 'x', entryHashes: undefined }] },
      'DataDiffers',
    ],
    'a credential that says Retain now': [
      { credentials: [clusterCredential({ name: 'platform', spec: { deletionPolicy: 'Retain' } })] },
      'MarkerDiffers',
    ],
    'a credential that joined with all hosts shadowed': [
      {
        credentials: [platform, clusterCredential({ name: 'z' })],
        tokens: { ...TOKENS, 'uid-z': published({ 'quay.io': 'z' }) },
      },
      'MarkerDiffers',
    ],
    'our label taken off': [{ secrets: [{ ...standing, metadataHashes: {} }] }, 'TemplateDiffers'],
    nothing: [{}, undefined],
  };
  for (const [title, [differs, reason]] of Object.entries(cases)) {
    it(`${reason ?? 'none'} for ${title}`, () => {
      const actions = planned({ ...GIVEN, secrets: WRITTEN, serviceAccounts: [], ...differs });
      assert.deepEqual(actions, reason === undefined ? [] : [`update ${SECRET_NAME} ${reason}`]);
    });
  }

  it('F219: of a suspended credential is its last word on deletion alone', () => {
    const spec = { suspend: true, deletionPolicy: 'Retain', secretTemplate: { labels: { team: 'a' } } };
    const given = { credentials: [clusterCredential({ name: 'platform', spec })], serviceAccounts: [ATTACHED] };
    const edited = WRITTEN.map((one) => ({ ...one, configHash: 'other' }));
    const { actions } = decided({ ...given, secrets: edited });

    assert.deepEqual(told(actions), [`update ${SECRET_NAME} MarkerDiffers`]);
    const [first] = actions;
    assert.ok(first?.kind === 'UpdateSecret');
    const [one] = MARKER.by;
    assert.deepEqual(first.secret.marker, { ...MARKER, by: [{ ...one, retain: true }] });
    assert.deepEqual(first.secret.labels, {});
    assert.deepEqual(planned({ ...given, secrets: [written(first.secret)] }), []);
  });

  it('F163: drops a carried entry that no kubelet can read, although nothing else changed', () => {
    const suspended = clusterCredential({ name: 'z', spec: { suspend: true } });
    const both = decided({
      credentials: [platform, clusterCredential({ name: 'z' })],
      tokens: { ...TOKENS, 'uid-z': published({ 'z.example.com': 'z' }) },
    }).secrets[0];
    const auths = { 'quay.io': auth('q'), 'z.example.com': { auth: '%%%' } };
    const broken = slimSecret({ auths, ...(both ? { marker: both.marker, labels: both.labels } : {}) });

    const given = { credentials: [platform, suspended], tokens: TOKENS, secrets: [broken], serviceAccounts: [] };
    assert.deepEqual(planned(given), [`update ${SECRET_NAME} DataDiffers keep z.example.com`]);
    const whole = slimSecret({
      auths: { ...auths, 'z.example.com': auth('edited') },
      ...(both ? { marker: both.marker, labels: both.labels } : {}),
    });
    assert.deepEqual(planned({ ...given, secrets: [whole] }), []);
  });
});

describe('reasons to leave a Secret alone', () => {
  const foreign = (given: SecretGiven = {}) => slimSecret({ auths: { 'theirs.example.com': auth('t') }, ...given });
  const cases: Readonly<Record<string, readonly [Credential, SecretGiven, string]>> = {
    'it is not ours': [platform, {}, 'NameConflict'],
    'it has another type': [adopting, { type: 'Opaque' }, 'NameConflict'],
    'it belongs to another installation': [adopting, { marker: { ...MARKER, installation: 'other' } }, 'NameConflict'],
    'a controller owns it': [adopting, { controlled: true }, 'NameConflict'],
    'it is malformed': [adopting, { text: '{"auths":{"a.example.com":{"auth":"%"}}}' }, 'NameConflict'],
    'it is frozen by its owner': [adopting, { immutable: true }, 'NameConflict'],
    'somebody froze ours': [platform, { marker: MARKER, immutable: true }, 'SecretImmutable'],
    'it was restored from a backup': [platform, { marker: { ...MARKER, namespaceUid: 'uid-old' } }, 'StaleMarker'],
  };
  for (const [title, [credential, given, reason]] of Object.entries(cases)) {
    it(`${reason}: ${title}; no entry names it`, () => {
      const actions = planned({ credentials: [credential], tokens: TOKENS, secrets: [foreign(given)] });
      assert.deepEqual(actions, [`refuse ${SECRET_NAME} ${reason}`]);
    });
  }

  it('F158: Fail of one credential wins over Adopt of another: untouched', () => {
    const failing = tenantCredential({ name: 'team' });
    const tokens = { ...TOKENS, 'uid-team': published({ 'ghcr.io': 'g' }) };
    const actions = planned({ credentials: [adopting, failing], tokens, secrets: [foreign()] });
    assert.deepEqual(actions, [`refuse ${SECRET_NAME} NameConflict`]);
  });

  it('F153: says nothing about a foreign Secret while there is nothing to publish', () => {
    assert.deepEqual(planned({ credentials: [platform], secrets: [foreign()] }), []);
  });
});

describe('an adopted Secret', () => {
  const theirs = { 'theirs.example.com': auth('t'), 'https://quay.io/v1/': auth('old') };
  const adopted = slimSecret({
    auths: { 'theirs.example.com': auth('t'), 'quay.io': auth('q') },
    marker: { ...MARKER, adopted: true },
  });

  it('keeps its other hosts; ours replaces every spelling of a key', () => {
    const { actions } = decided({
      credentials: [adopting],
      tokens: TOKENS,
      secrets: [slimSecret({ auths: theirs })],
      serviceAccounts: [],
    });
    assert.deepEqual(told(actions), [`update ${SECRET_NAME} DataDiffers keep theirs.example.com`]);
    const [first] = actions;
    assert.ok(first?.kind === 'UpdateSecret' && first.secret.marker.adopted);
  });

  it('F179: keeps what a copied marker calls ours: it speaks of another Secret', () => {
    const copied = { ...MARKER, secretName: 'elsewhere', hosts: new Map([['copied.example.com', 0]]) };
    const copy = slimSecret({ auths: { 'copied.example.com': auth('c') }, marker: copied });
    const actions = planned({ credentials: [adopting], tokens: TOKENS, secrets: [copy], serviceAccounts: [] });
    assert.deepEqual(actions, [`update ${SECRET_NAME} DataDiffers keep copied.example.com`]);
  });

  it('is left with its other hosts, never deleted', () => {
    const actions = planned({ departures: { 'uid-platform': 'gone' }, secrets: [adopted], serviceAccounts: [] });
    assert.deepEqual(actions, [`leave ${SECRET_NAME} keep theirs.example.com`]);
  });
});

describe('releasing a Secret', () => {
  const retained = { ...MARKER, by: MARKER.by.map((one) => ({ ...one, retain: true })) };
  const found = slimSecret({ auths: { 'quay.io': auth('q') }, marker: retained });

  it('takes nothing away but the marks: first that of the entries, which stay, then the marker', () => {
    const actions = planned({ departures: { 'uid-platform': 'gone' }, secrets: [found], serviceAccounts: [ATTACHED] });
    assert.deepEqual(actions, [`default + -, no longer ours: ${SECRET_NAME}`, `ReleaseSecret ${SECRET_NAME}`]);
  });

  it('F155: does not leave the hosts of a Delete credential that is gone as well', () => {
    const by = [...retained.by, { kind: 'ClusterRegistryCredential', name: 'z', uid: 'uid-z', retain: false } as const];
    const both = { ...retained, by, hosts: new Map([...retained.hosts, ['ghcr.io', 1]]) };
    const shared = slimSecret({ auths: { 'quay.io': auth('q'), 'ghcr.io': auth('g') }, marker: both });
    const departures = { 'uid-platform': 'gone', 'uid-z': 'gone' } as const;
    assert.deepEqual(planned({ departures, secrets: [shared], serviceAccounts: [ATTACHED] }), [
      `default + -, no longer ours: ${SECRET_NAME}`,
      `ReleaseSecret ${SECRET_NAME} keep quay.io`,
    ]);
  });

  it('is no business of a credential that is only deselected', () => {
    const deselected = clusterCredential({
      name: 'platform',
      spec: { deletionPolicy: 'Retain', namespaces: { names: ['other'] } },
    });
    const actions = planned({ credentials: [deselected], secrets: [found], serviceAccounts: [ATTACHED] });
    assert.deepEqual(actions, [`default + -${SECRET_NAME}`, `DeleteSecret ${SECRET_NAME}`]);
  });

  it("F155: keeps the bytes of the retained hosts, which are nobody's from then on, and serves the others", () => {
    const other = tenantCredential({ name: 'team' });
    const shared: Marker = {
      ...retained,
      by: [...retained.by, { kind: 'RegistryCredential', name: 'team', uid: 'uid-team', retain: false }],
      hosts: new Map([...retained.hosts, ['ghcr.io', 1]]),
    };
    const before = slimSecret({ auths: { 'quay.io': auth('q'), 'ghcr.io': auth('g') }, marker: shared });
    const tokens = { 'uid-team': published({ 'ghcr.io': 'new' }) };
    const { actions } = decided({
      credentials: [other],
      departures: { 'uid-platform': 'gone' },
      tokens,
      secrets: [before],
      serviceAccounts: [],
    });

    assert.deepEqual(told(actions), [`update ${SECRET_NAME} DataDiffers keep quay.io`]);
    const [first] = actions;
    assert.ok(first?.kind === 'UpdateSecret');
    assert.deepEqual([...first.secret.marker.hosts], [['ghcr.io', 0]]);
    assert.equal(first.secret.marker.adopted, true);
  });

  it('F155: gives a retained key that a live credential covers to that one', () => {
    const other = tenantCredential({ name: 'team' });
    const tokens = { 'uid-team': published({ 'quay.io': 't' }) };
    const given = {
      credentials: [other],
      departures: { 'uid-platform': 'gone' },
      tokens,
      serviceAccounts: [],
    } as const;
    const { actions, secrets } = decided({ ...given, secrets: [found] });

    assert.deepEqual(told(actions), [`update ${SECRET_NAME} DataDiffers`]);
    assert.equal(secrets[0]?.marker.adopted, false);
  });
});
