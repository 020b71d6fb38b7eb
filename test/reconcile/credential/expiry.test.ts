import assert from 'node:assert/strict';
import { removesExpired } from '../../../src/reconcile/credential/expiry.ts';

describe('removesExpired', () => {
  for (const key of [
    'docker.io',
    'docker.io/org',
    'ghcr.io',
    'ghcr.io/org/app',
    'quay.io',
    'public.ecr.aws',
    'gcr.io',
    'eu.gcr.io/project',
    'europe-docker.pkg.dev/team-a',
  ])
    it(`Auto takes an expired login for ${key} out: its public images can be pulled without one`, () => {
      assert.equal(removesExpired('Auto', key), true);
    });

  for (const key of [
    'registry.example.com',
    '111122223333.dkr.ecr.eu-west-1.amazonaws.com',
    'x.azurecr.io',
    'de.icr.io/ns',
    'ghcr.io.evil.example',
    'my-ghcr.io',
    'a.b.gcr.io',
    'ghcr.io:8443',
    '',
  ])
    it(`Auto keeps an expired login for "${key}"`, () => {
      assert.equal(removesExpired('Auto', key), false);
    });

  it('Keep and Remove hold for every registry', () => {
    for (const key of ['docker.io', 'registry.example.com']) {
      assert.equal(removesExpired('Keep', key), false);
      assert.equal(removesExpired('Remove', key), true);
    }
  });
});
