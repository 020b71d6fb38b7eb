import assert from 'node:assert/strict';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { ourMetadata } from '../../../src/reconcile/namespace/plan.ts';
import {
  clusterCredential,
  decided,
  published,
  SECRET_NAME,
  situation,
  tenantCredential,
  written,
} from '../../support/gen.ts';
import { planned } from '../../support/told.ts';

const TOKENS = { 'uid-platform': published({ 'quay.io': 'q' }) };

describe('templates', () => {
  const templated = clusterCredential({
    name: 'platform',
    spec: { secretTemplate: { labels: { tier: 'all', team: 'x' } } },
  });
  const before = decided({ credentials: [templated], tokens: TOKENS }).secrets.map((secret) => written(secret));
  const removedBy = (credential: Credential, slim = before) => {
    const [action] = decided({ credentials: [credential], tokens: TOKENS, secrets: slim, serviceAccounts: [] }).actions;
    return action?.kind === 'UpdateSecret' ? action.removedMetadata : undefined;
  };
  const less = clusterCredential({ name: 'platform', spec: { secretTemplate: { labels: { team: 'x' } } } });

  it('F157: takes a key off that the template no longer has, since the marker lists it', () => {
    assert.deepEqual(removedBy(less), { labels: ['tier'], annotations: [] });
  });

  it('F157: leaves it where a user changed the value', () => {
    const edited = before.map((slim) => ({
      ...slim,
      metadataHashes: { ...slim.metadataHashes, 'label:tier': 'theirs' },
    }));
    assert.deepEqual(removedBy(less, edited), { labels: [], annotations: [] });
  });

  it('F157: does not flap: two templates are at rest in either order', () => {
    const rival = tenantCredential({ name: 'team', spec: { secretTemplate: { labels: { tier: 'mine' } } } });
    const tokens = { ...TOKENS, 'uid-team': published({ 'ghcr.io': 'g' }) };
    const secrets = decided({ credentials: [templated, rival], tokens }).secrets.map((secret) => written(secret));
    for (const credentials of [
      [templated, rival],
      [rival, templated],
    ]) {
      assert.deepEqual(planned({ credentials, tokens, secrets, serviceAccounts: [] }), []);
    }
  });

  it('take along what is still ours when the Secret is left', () => {
    const [slim] = before;
    const found = situation({ secrets: slim ? [slim] : [] }).observed.secrets.get(SECRET_NAME);
    const { labels, annotations } = ourMetadata(found ?? assert.fail());
    assert.deepEqual(labels.toSorted(), [
      'app.kubernetes.io/managed-by',
      'team',
      'tier',
      'velero.io/exclude-from-backup',
    ]);
    assert.deepEqual(annotations, ['regcred.dev/managed', 'regcred.dev/credentials']);
  });
});
