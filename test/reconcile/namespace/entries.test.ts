import assert from 'node:assert/strict';
import { entriesWithoutSecret } from '../../../src/reconcile/namespace/entries.ts';
import { plan } from '../../../src/reconcile/namespace/plan.ts';
import {
  clusterCredential,
  decided,
  published,
  SECRET_NAME,
  situation,
  slimServiceAccount,
  written,
} from '../../support/gen.ts';
import type { SituationGiven } from '../../support/gen.ts';
import { planned, told } from '../../support/told.ts';

const platform = clusterCredential({ name: 'platform' });
const TOKENS = { 'uid-platform': published({ 'quay.io': 'q' }) };
const GIVEN: SituationGiven = { credentials: [platform], tokens: TOKENS };
const WRITTEN = decided(GIVEN).secrets.map((secret) => written(secret));

describe('entries of ServiceAccounts', () => {
  const builder = clusterCredential({ name: 'builder', spec: { serviceAccounts: { names: ['builder'] } } });
  const tokens = { ...TOKENS, 'uid-builder': published({ 'ghcr.io': 'g' }) };
  const both = decided({ credentials: [platform, builder], tokens }).secrets.map((secret) => written(secret));
  const attached = ['default', 'builder'].map((name) =>
    slimServiceAccount({ name, entries: [SECRET_NAME], annotated: [SECRET_NAME] }),
  );

  it('F156: stand in the union, and go with the credential that alone wanted them', () => {
    const accounts = ['default', 'builder', 'other'].map((name) => slimServiceAccount({ name }));
    assert.deepEqual(planned({ credentials: [platform, builder], tokens, secrets: both, serviceAccounts: accounts }), [
      `default +${SECRET_NAME} -`,
      `builder +${SECRET_NAME} -`,
    ]);
    const gone = planned({
      credentials: [platform],
      departures: { 'uid-builder': 'gone' },
      tokens,
      secrets: both,
      serviceAccounts: attached,
    });
    assert.deepEqual(gone, [`update ${SECRET_NAME} DataDiffers`, `builder + -${SECRET_NAME}`]);
    const departing = planned({
      credentials: [platform],
      departures: { 'uid-builder': 'departing' },
      tokens,
      secrets: both,
      serviceAccounts: attached,
    });
    assert.deepEqual(departing, []);
  });

  it('are left where somebody else set them', () => {
    const theirs = slimServiceAccount({ entries: ['their-secret', SECRET_NAME] });
    assert.deepEqual(planned({ departures: { 'uid-platform': 'gone' }, secrets: WRITTEN, serviceAccounts: [theirs] }), [
      `DeleteSecret ${SECRET_NAME}`,
    ]);
  });

  it('come off a ServiceAccount that opts out', () => {
    const out = slimServiceAccount({ entries: [SECRET_NAME], annotated: [SECRET_NAME], ignore: true });
    assert.deepEqual(planned({ ...GIVEN, secrets: WRITTEN, serviceAccounts: [out] }), [`default + -${SECRET_NAME}`]);
  });

  it('go without their Secret only once a live GET proved it absent', () => {
    const lost = slimServiceAccount({ entries: ['lost'], annotated: ['lost'] });
    const now = situation({ serviceAccounts: [lost] });
    const wanted = decided({ serviceAccounts: [lost] });

    assert.deepEqual(entriesWithoutSecret(wanted, now.observed), ['lost']);
    assert.deepEqual(told(plan(wanted, now.observed, new Set())), []);
    assert.deepEqual(told(plan(wanted, now.observed, new Set(['lost']))), ['default + -lost']);
  });
});
