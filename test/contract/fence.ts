// Contract: the fence around the operator's own user, where it is installed. What the real policies refuse in full is in
// e2e/fence.e2e.ts; here stands what the sandbox claims of them.
import assert from 'node:assert/strict';

import type { RawAnswer, RawClient } from '../support/raw-client.ts';
import { eventually } from '../support/eventually.ts';
import { skipBecause } from '../support/skip.ts';
import { accountsOf, base64, expectCode, secretsOf, type Fixture } from './fixture.ts';

const TYPE = 'kubernetes.io/dockerconfigjson';
const NAME = 'regcred-managed';
const MARKER = { 'regcred.dev/managed': '{}' };

export function describeFence(fixture: () => Fixture): void {
  describe('the fence', () => {
    let operator: RawClient;
    let home: string;
    before(function () {
      const { cluster, as } = fixture();
      if (!cluster.operator) return skipBecause(this, 'the fence is not installed in this cluster');
      operator = as(cluster.operator.access);
      home = cluster.operator.namespace;
    });

    it('lets a marked pull Secret of the permitted name through', async () => {
      const outside = secretsOf(await fixture().namespace());

      expectCode(await operator.post(`${outside}?dryRun=All`, pullSecret({})), 201);
      expectCode(await operator.post(outside, pullSecret({})), 201);
    });

    for (const [what, change] of [
      ['without marker', { metadata: { name: NAME } }],
      ['of another name', { metadata: { name: 'other', annotations: MARKER } }],
      ['of another type', { type: 'Opaque' }],
      [
        'of a ServiceAccount',
        {
          type: 'kubernetes.io/service-account-token',
          metadata: { name: NAME, annotations: { ...MARKER, 'kubernetes.io/service-account.name': 'default' } },
        },
      ],
    ] as const) {
      it(`refuses a Secret ${what}, also in a dry run`, async () => {
        const outside = secretsOf(await fixture().namespace());

        for (const query of ['?dryRun=All', ''])
          assertDenied(await operator.post(`${outside}${query}`, pullSecret(change)), 'regcred-operator-pull-secrets');
      });
    }

    it('lets a marked Secret be released once', async () => {
      const path = secretsOf(await fixture().namespace());
      expectCode(await operator.post(path, pullSecret({})), 201);
      const release = { metadata: { annotations: { 'regcred.dev/managed': null } } };

      expectCode(await operator.merge(`${path}/${NAME}`, release), 200);
      const later = await operator.merge(`${path}/${NAME}`, { metadata: { labels: { a: 'b' } } });

      assertDenied(later, 'regcred-operator-pull-secrets');
    });

    it('lets a marked Secret be deleted, and no other of its name', async () => {
      const { admin, namespace } = fixture();
      const path = secretsOf(await namespace());
      expectCode(await admin.post(path, pullSecret({ metadata: { name: NAME } })), 201);

      assertDenied(await operator.delete(`${path}/${NAME}`), 'regcred-operator-pull-secrets');
      expectCode(await admin.merge(`${path}/${NAME}`, { metadata: { annotations: MARKER } }), 200);
      expectCode(await operator.delete(`${path}/${NAME}`), 200);
    });

    it('lets nothing be held by a finalizer', async () => {
      const outside = secretsOf(await fixture().namespace());
      const metadata = { name: NAME, annotations: MARKER, finalizers: ['example.com/hold'] };

      assertDenied(await operator.post(outside, pullSecret({ metadata })), 'regcred-operator-pull-secrets');
    });

    it('lets tokens of ten minutes be made for a cloud, and no longer ones', async () => {
      const { admin } = fixture();
      await eventually(async () => (await admin.get(accountsOf(home, 'default'))).code === 200);
      const path = `${accountsOf(home, 'default')}/token`;
      const request = (spec: object): object => ({
        ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
        spec: { audiences: ['sts.amazonaws.com'], ...spec },
      });

      expectCode(await operator.post(path, request({ expirationSeconds: 600 })), 201);
      for (const spec of [{}, { expirationSeconds: 86_400 }])
        assertDenied(await operator.post(path, request(spec)), 'regcred-operator-token-requests');
    });

    it('lets stored tokens into the home namespace, and no Opaque Secret', async () => {
      const path = `${secretsOf(home)}?dryRun=All`;
      const stored = { metadata: { name: 'token' }, type: 'regcred.dev/token', data: {} };

      expectCode(await operator.post(path, stored), 201);
      assertDenied(await operator.post(path, { ...stored, type: 'Opaque' }), 'regcred-operator-home-secrets');
    });

    it('lets our entry and annotation onto a ServiceAccount, and nothing else', async () => {
      const { namespace, admin } = fixture();
      const path = accountsOf(await namespace(), 'default');
      await eventually(async () => (await admin.get(path)).code === 200);
      const entry = {
        metadata: { annotations: { 'regcred.dev/pull-secrets': '[]' } },
        imagePullSecrets: [{ name: NAME }],
      };
      const role = { metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn' } } };

      expectCode(await operator.merge(path, entry), 200);
      assertDenied(await operator.merge(path, role), 'regcred-operator-service-accounts');
      assertDenied(
        await operator.merge(path, { metadata: { labels: { a: 'b' } } }),
        'regcred-operator-service-accounts',
      );
      assertDenied(await operator.merge(path, { secrets: [{ name: 'x' }] }), 'regcred-operator-service-accounts');
    });

    it('binds nobody else', async () => {
      const { admin, namespace } = fixture();

      expectCode(await admin.post(secretsOf(await namespace()), pullSecret({ metadata: { name: 'other' } })), 201);
    });
  });
}

function pullSecret(fields: object): object {
  const data = { '.dockerconfigjson': base64('{"auths":{}}') };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NAME, annotations: MARKER },
    type: TYPE,
    data,
    ...fields,
  };
}

function assertDenied(answer: RawAnswer, policy: string): void {
  const refused = expectCode(answer, 422);
  assert.equal(refused.reason, 'Invalid');
  const denied = `is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: `;
  assert.ok(refused.message.includes(denied), refused.message);
}
