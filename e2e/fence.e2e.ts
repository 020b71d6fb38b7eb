// What the operator may do, tried with its own token: beside each thing that must be refused, the nearest one that must pass.
import assert from 'node:assert/strict';
import { ok } from './support/api.ts';
import type { Api, ApiAnswer } from './support/api.ts';
import { sharedCluster } from './support/cluster.ts';
import type { Cluster } from './support/cluster.ts';
import { OPERATOR_NAMESPACE, install, operatorToken } from './support/install.ts';
import { deleteNamespace, makeNamespace } from './support/namespaces.ts';

const NAME = 'regcred-managed';
const MARKER = { 'regcred.dev/managed': '{"v":1}' };
const TYPE = 'kubernetes.io/dockerconfigjson';

describe('The fence around the operator', () => {
  let cluster: Cluster;
  let operator: Api;
  let namespace: string;

  before(async () => {
    cluster = sharedCluster();
    await install(cluster);
    operator = cluster.as(await operatorToken(cluster));
  });
  beforeEach(async () => {
    namespace = await makeNamespace(cluster, 'fence');
  });
  afterEach(() => deleteNamespace(cluster, namespace));
  after(() => {
    operator.close();
    cluster.admin.close();
  });

  describe('F135: by RBAC', () => {
    it('F135: reads our Secret name in all namespaces, and no other Secret', async () => {
      await ok(cluster.admin.post(secrets(namespace), { ...pullSecret(), metadata: { name: 'foreign' } }));

      assertPasses(await operator.get(`/api/v1/secrets?fieldSelector=metadata.name=${NAME}`));
      assertForbidden(await operator.get(`${secrets(namespace)}/foreign`));
      assertForbidden(await operator.get('/api/v1/secrets?fieldSelector=metadata.name=foreign'));
    });

    it('F135: lists Secrets and ServiceAccounts with the name in the selector only', async () => {
      assertPasses(await operator.get('/api/v1/serviceaccounts?fieldSelector=metadata.name=default'));
      assertForbidden(await operator.get('/api/v1/serviceaccounts'));
      assertForbidden(await operator.get('/api/v1/secrets'));
      assertForbidden(
        await operator.get('/api/v1/secrets?labelSelector=app.kubernetes.io/managed-by=regcred-operator'),
      );
    });

    it('F135: patches the ServiceAccount "default" and no other', async () => {
      await ok(cluster.admin.post(accounts(namespace), { metadata: { name: 'builder' } }));
      const entry = { imagePullSecrets: [{ name: NAME }] };

      assertPasses(await operator.patch(`${accounts(namespace)}/default`, entry));
      assertForbidden(await operator.patch(`${accounts(namespace)}/builder`, entry));
    });

    it('F135: has none of the rights that an operator of this kind does not need', async () => {
      const paths = [
        '/api/v1/pods',
        '/api/v1/nodes',
        '/api/v1/configmaps',
        '/apis/rbac.authorization.k8s.io/v1/clusterroles',
      ];
      for (const path of paths) assertForbidden(await operator.get(path));
      assertForbidden(await operator.delete(`${secrets(namespace)}?fieldSelector=metadata.name=${NAME}`));
      assertForbidden(await operator.post(accounts(namespace), { metadata: { name: 'made' } }));
      assertForbidden(await operator.post(`${accounts(namespace)}/default/token`, tokenRequest(['sts.amazonaws.com'])));
    });
  });

  it('F136: no token of a cluster-admin is made for a Secret of our name', async () => {
    const admin = { metadata: { name: 'root' } };
    await ok(cluster.admin.post(accounts(namespace), admin));
    const subject = { kind: 'ServiceAccount', name: 'root', namespace };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
    await ok(cluster.admin.post(bindings, { metadata: { name: namespace }, roleRef, subjects: [subject] }));
    const annotations = { ...MARKER, 'kubernetes.io/service-account.name': 'root' };
    const body = { type: 'kubernetes.io/service-account-token', metadata: { name: NAME, annotations } };

    const refused = await operator.post(secrets(namespace), body);
    const passed = await operator.post(secrets(namespace), pullSecret());

    assertDenied(refused, 'regcred-operator-pull-secrets');
    assertPasses(passed);
    assert.equal(passed.body['type'], TYPE);
    await ok(cluster.admin.delete(`${bindings}/${namespace}`));
  });

  describe('F137: on Secrets', () => {
    for (const [what, change] of Object.entries<object>({
      'of type Opaque': { type: 'Opaque', data: {} },
      'of type dockercfg': { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': encode('{}') } },
      'of type regcred.dev/token': { type: 'regcred.dev/token', data: {} },
      'under another name': { metadata: { name: 'other', annotations: MARKER } },
      'without a marker': { metadata: { name: NAME } },
      'without a marker, but with other annotations': { metadata: { name: NAME, annotations: { a: 'b' } } },
      'with a finalizer': { metadata: { name: NAME, annotations: MARKER, finalizers: ['example.com/hold'] } },
    })) {
      it(`F137: refuses to create one ${what}`, async () => {
        assertDenied(
          await operator.post(secrets(namespace), { ...pullSecret(), ...change }),
          'regcred-operator-pull-secrets',
        );
        assertPasses(await operator.post(secrets(namespace), pullSecret()));
      });
    }

    it('F137: refuses the same by UPDATE of a foreign Secret of our name, and adopts one', async () => {
      const { metadata: _metadata, ...rest } = pullSecret();
      await ok(cluster.admin.post(secrets(namespace), { ...rest, metadata: { name: NAME } }));
      const path = `${secrets(namespace)}/${NAME}`;
      const data = { '.dockerconfigjson': encode('{"auths":{"a":{}}}') };

      assertDenied(await operator.patch(path, { data }), 'regcred-operator-pull-secrets');
      assertDenied(await operator.patch(path, { metadata: { labels: { a: 'b' } } }), 'regcred-operator-pull-secrets');
      assertPasses(await operator.patch(path, { data, metadata: { annotations: MARKER } }));
    });

    it('F137: refuses to write a foreign Secret of our name and another type', async () => {
      await ok(cluster.admin.post(secrets(namespace), { type: 'Opaque', metadata: { name: NAME } }));

      const answer = await operator.patch(`${secrets(namespace)}/${NAME}`, { metadata: { annotations: MARKER } });

      assertDenied(answer, 'regcred-operator-pull-secrets');
    });

    it('F137: refuses to set an owner reference, and leaves the finalizers of others as they are', async () => {
      const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: 'u' };
      const theirs = { name: NAME, annotations: MARKER, finalizers: ['example.com/hold'] };
      await ok(cluster.admin.post(secrets(namespace), { ...pullSecret(), metadata: theirs }));
      const path = `${secrets(namespace)}/${NAME}`;

      // OwnerReferencesPermissionEnforcement, where it is on, comes before the fence.
      const { status } = await operator.patch(path, { metadata: { ownerReferences: [owner] } });
      assert.ok(status === 403 || status === 422, `HTTP ${status}`);
      assertDenied(await operator.patch(path, { metadata: { finalizers: null } }), 'regcred-operator-pull-secrets');
      assertPasses(await operator.patch(path, { data: { '.dockerconfigjson': encode('{"auths":{"a":{}}}') } }));

      await ok(cluster.admin.patch(path, { metadata: { finalizers: null } }));
    });

    it('F137: deletes its own, and no foreign Secret of our name', async () => {
      const path = `${secrets(namespace)}/${NAME}`;
      await ok(cluster.admin.post(secrets(namespace), { ...pullSecret(), metadata: { name: NAME } }));
      assertDenied(await operator.delete(path), 'regcred-operator-pull-secrets');

      await ok(cluster.admin.patch(path, { metadata: { annotations: MARKER } }));
      assertPasses(await operator.delete(path));
    });

    it('F137: stores tokens in its own namespace, and no third type', async () => {
      const token = { type: 'regcred.dev/token', metadata: { name: `token-${namespace}` } };
      const third = { type: 'Opaque', metadata: { name: `third-${namespace}` } };

      assertPasses(await operator.post(secrets(OPERATOR_NAMESPACE), token));
      assertPasses(
        await operator.patch(`${secrets(OPERATOR_NAMESPACE)}/${token.metadata.name}`, { data: { a: 'YQ==' } }),
      );
      assertDenied(await operator.post(secrets(OPERATOR_NAMESPACE), third), 'regcred-operator-home-secrets');

      assertPasses(await operator.delete(`${secrets(OPERATOR_NAMESPACE)}/${token.metadata.name}`));
    });

    it('F137: neither changes nor deletes its inputs', async () => {
      const input = { type: 'Opaque', metadata: { name: `input-${namespace}` } };
      await ok(cluster.admin.post(secrets(OPERATOR_NAMESPACE), input));
      const path = `${secrets(OPERATOR_NAMESPACE)}/${input.metadata.name}`;

      assertPasses(await operator.get(path));
      assertDenied(await operator.patch(path, { data: { a: 'YQ==' } }), 'regcred-operator-home-secrets');
      assertDenied(await operator.delete(path), 'regcred-operator-home-secrets');

      await ok(cluster.admin.delete(path));
    });
  });

  describe('F138: on ServiceAccounts', () => {
    for (const [what, change] of Object.entries<object>({
      'a role annotation of a cloud': {
        metadata: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/a' } },
      },
      'a label': { metadata: { labels: { a: 'b' } } },
      'a finalizer': { metadata: { finalizers: ['example.com/hold'] } },
      'a mounted Secret': { secrets: [{ name: NAME }] },
      automountServiceAccountToken: { automountServiceAccountToken: false },
    })) {
      it(`F138: refuses to set ${what}, and lets our entry and annotation pass`, async () => {
        const path = `${accounts(namespace)}/default`;

        assertDenied(await operator.patch(path, change), 'regcred-operator-service-accounts');
        assertPasses(await operator.patch(path, entryWithAnnotation(NAME)));
        assertDenied(await operator.patch(path, change), 'regcred-operator-service-accounts');
      });
    }

    it('F138: refuses to set an owner reference', async () => {
      const owner = { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: 'u' };

      const { status } = await operator.patch(`${accounts(namespace)}/default`, {
        metadata: { ownerReferences: [owner] },
      });

      // OwnerReferencesPermissionEnforcement, where it is on, comes before the fence.
      assert.ok(status === 403 || status === 422, `HTTP ${status}`);
    });

    it('F138: refuses to remove what others set, and lets our entry go', async () => {
      const path = `${accounts(namespace)}/default`;
      const theirs = { annotations: { a: 'b' }, labels: { c: 'd' } };
      await ok(
        cluster.admin.patch(path, { metadata: theirs, secrets: [{ name: 's' }], automountServiceAccountToken: false }),
      );
      assertPasses(await operator.patch(path, entryWithAnnotation(NAME)));

      const removals = [
        { metadata: { annotations: { a: null } } },
        { metadata: { annotations: { a: 'other' } } },
        { metadata: { labels: null } },
        { secrets: null },
        { automountServiceAccountToken: null },
        { automountServiceAccountToken: true },
      ];
      for (const removal of removals) {
        assertDenied(await operator.patch(path, removal), 'regcred-operator-service-accounts');
      }

      const gone = { metadata: { annotations: { 'regcred.dev/pull-secrets': null } }, imagePullSecrets: null };
      assertPasses(await operator.patch(path, gone));
    });
  });

  describe('F139: on tokens of ServiceAccounts', () => {
    const path = `${accounts(OPERATOR_NAMESPACE)}/default/token`;
    const pool =
      '//iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/onprem/providers/cluster-1';

    for (const [what, audiences] of Object.entries<readonly string[] | undefined>({
      'the audience of the API server': ['https://kubernetes.default.svc'],
      'no audiences': undefined,
      'an empty list of audiences': [],
      'two audiences of clouds': ['sts.amazonaws.com', 'iam'],
      'a foreign audience': ['vault'],
      'an audience that only contains a cloud': ['https://sts.amazonaws.com.evil.example'],
      'an audience that only begins as a pool': [`${pool}/evil`],
      'an audience that only ends as a GKE pool': ['evil.example/acme-prod.svc.id.goog'],
    })) {
      it(`F139: refuses ${what}`, async () => {
        assertDenied(await operator.post(path, tokenRequest(audiences)), 'regcred-operator-token-requests');
      });
    }

    for (const audience of ['sts.amazonaws.com', 'api://AzureADTokenExchange', 'iam', pool, 'acme-prod.svc.id.goog']) {
      it(`F139: lets the one audience ${audience} pass`, async () => {
        assertPasses(await operator.post(path, tokenRequest([audience])));
      });
    }

    it('F139: refuses one that lives longer than ten minutes, or as long as the server likes', async () => {
      for (const life of [{}, { expirationSeconds: 601 }, { expirationSeconds: 2 ** 32 - 1 }]) {
        const answer = await operator.post(path, tokenRequest(['sts.amazonaws.com'], life));
        assertDenied(answer, 'regcred-operator-token-requests');
      }
    });

    it("F139: holds where a tenant's RoleBinding lets the operator ask for tokens", async () => {
      await ok(
        cluster.admin.post(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, consent()),
      );
      const tenants = `${accounts(namespace)}/default/token`;

      assertPasses(await operator.post(tenants, tokenRequest(['sts.amazonaws.com'])));
      assertDenied(await operator.post(tenants, tokenRequest(undefined)), 'regcred-operator-token-requests');
    });
  });

  describe('F140: what must stay possible', () => {
    it('F140: a release takes the marker off, and the next write is refused', async () => {
      assertPasses(await operator.post(secrets(namespace), pullSecret()));
      const path = `${secrets(namespace)}/${NAME}`;

      assertPasses(await operator.patch(path, { metadata: { annotations: { 'regcred.dev/managed': null } } }));
      assertDenied(await operator.patch(path, { metadata: { labels: { a: 'b' } } }), 'regcred-operator-pull-secrets');
    });

    it('F140: leaving an adopted Secret passes, with its other hosts', async () => {
      await ok(cluster.admin.post(secrets(namespace), { ...pullSecret(), metadata: { name: NAME } }));
      const path = `${secrets(namespace)}/${NAME}`;
      assertPasses(await operator.patch(path, { metadata: { annotations: MARKER } }));

      const data = { '.dockerconfigjson': encode('{"auths":{}}') };
      assertPasses(await operator.patch(path, { data, metadata: { annotations: { 'regcred.dev/managed': null } } }));
    });

    it("F140: the policies bind the operator alone: other users' writes of the same objects pass", async () => {
      const { admin } = cluster;
      assertPasses(await admin.post(secrets(namespace), { type: 'Opaque', metadata: { name: NAME } }));
      assertPasses(await admin.patch(`${accounts(namespace)}/default`, { metadata: { labels: { a: 'b' } } }));
      assertPasses(await admin.post(`${accounts(namespace)}/default/token`, tokenRequest(undefined)));
    });

    it('F140: the dry run by which the operator looks for the fence is refused and writes nothing', async () => {
      const probe = { type: TYPE, data: { '.dockerconfigjson': encode('{}') }, metadata: { name: NAME } };

      const answer = await operator.post(`${secrets('default')}?dryRun=All`, probe);

      assertDenied(answer, 'regcred-operator-pull-secrets');
      assert.equal((await cluster.admin.get(`${secrets('default')}/${NAME}`)).status, 404);
    });
  });

  it('the operator holds its Lease, writes status and Events, and deletes its own Secret', async () => {
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases`;
    const lease = { metadata: { name: namespace }, spec: { holderIdentity: 'a' } };
    const made = await operator.post(leases, lease);
    assertPasses(made);
    assertPasses(await operator.put(`${leases}/${namespace}`, made.body));
    assertPasses(await operator.post(secrets(namespace), pullSecret()));
    assertPasses(await operator.delete(`${secrets(namespace)}/${NAME}`));
    assertPasses(await operator.post(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`, event(namespace)));
    await ok(cluster.admin.delete(`${leases}/${namespace}`));
  });
});

function pullSecret(): { type: string; data: object; metadata: object } {
  const data = { '.dockerconfigjson': encode('{"auths":{}}') };
  return { type: TYPE, data, metadata: { name: NAME, annotations: MARKER } };
}

function entryWithAnnotation(name: string): object {
  return { metadata: { annotations: { 'regcred.dev/pull-secrets': `["${name}"]` } }, imagePullSecrets: [{ name }] };
}

function tokenRequest(audiences: readonly string[] | undefined, life: object = { expirationSeconds: 600 }): object {
  return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences, ...life } };
}

function consent(): object {
  return {
    metadata: { name: 'regcred-inputs' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'regcred-operator-inputs' },
    subjects: [{ kind: 'ServiceAccount', name: 'regcred-operator', namespace: OPERATOR_NAMESPACE }],
  };
}

function event(namespace: string): object {
  return {
    metadata: { name: 'fence', namespace },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'regcred-operator',
    reportingInstance: 'regcred-operator',
    action: 'Tried',
    reason: 'Tried',
    type: 'Normal',
    regarding: { kind: 'Namespace', name: namespace, namespace },
  };
}

function secrets(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

function accounts(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function assertPasses({ status, message }: ApiAnswer): void {
  assert.ok(status >= 200 && status < 300, `HTTP ${status}: ${message}`);
}

/** By RBAC. */
function assertForbidden({ status, message }: ApiAnswer): void {
  assert.equal(status, 403, message);
  assert.match(message, /cannot (get|list|watch|create|patch|delete|deletecollection) resource/);
}

/** By the fence. */
function assertDenied({ status, message }: ApiAnswer, policy: string): void {
  assert.equal(status, 422, message);
  assert.ok(message.includes(`ValidatingAdmissionPolicy '${policy}'`), message);
}
