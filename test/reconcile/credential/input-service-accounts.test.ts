import assert from 'node:assert/strict';
import { resolveInputs } from '../../../src/reconcile/credential/inputs.ts';
import { KubeError } from '../../../src/kube/client.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/client.ts';
import type { InputRef } from '../../../src/providers/provider.ts';
import { clusterCredential, tenantCredential } from '../../support/gen.ts';

const ROLE = 'eks.amazonaws.com/role-arn';

/** A client that knows one ServiceAccount, and counts what it is asked. */
function clientWith(annotations: Readonly<Record<string, string>>, uid = 'u1') {
  const asked: string[] = [];
  const get = ({ name, namespace }: { name: string; namespace?: string }): Promise<KubeObject> => {
    asked.push(`${namespace ?? ''}/${name}`);
    if (name !== 'puller') throw new KubeError({ kind: 'NotFound', status: 404, request: 'get' });
    return Promise.resolve({ metadata: { name, uid, resourceVersion: '1', annotations } });
  };
  return { asked, client: { get } as unknown as KubeClient };
}

const resolve = (refs: Readonly<Record<string, InputRef>>, client: KubeClient, credential = tenantCredential()) =>
  resolveInputs(credential, refs, { client, operatorNamespace: 'regcred-system' }, {});
const annotation: InputRef = { kind: 'ServiceAccountAnnotation', name: 'puller', annotation: ROLE };
const token: InputRef = { kind: 'ServiceAccountToken', name: 'puller', audience: 'sts.amazonaws.com' };

describe('inputs of a ServiceAccount', () => {
  it('are its annotations, read in the home namespace', async () => {
    const { client, asked } = clientWith({ [ROLE]: 'arn' });
    const inputs = await resolve({ role: annotation }, client);
    assert.equal(inputs.kind === 'inputs' && inputs.values['role']?.reveal(), 'arn');
    assert.deepEqual(asked, ['team-a/puller']);
  });

  it('are not found where the annotation, or the ServiceAccount, is missing', async () => {
    const { client } = clientWith({});
    for (const ref of [annotation, { ...token, name: 'absent' }]) {
      const inputs = await resolve({ it: ref }, client);
      assert.equal(inputs.kind === 'failure' && inputs.reason, 'InputNotFound');
    }
    const optional = await resolve({ it: { ...annotation, optional: true } }, client);
    assert.equal(optional.kind, 'inputs');
  });

  it('are told apart by UID and audience, and no token is asked for yet', async () => {
    const fingerprint = async (ref: InputRef, uid: string) => {
      const inputs = await resolve({ it: ref }, clientWith({}, uid).client);
      assert.equal(inputs.kind === 'inputs' && inputs.values['it'], undefined);
      return inputs.kind === 'inputs' ? inputs.fingerprints['it'] : undefined;
    };
    const one = await fingerprint(token, 'u1');
    assert.equal(await fingerprint(token, 'u1'), one);
    assert.notEqual(await fingerprint(token, 'u2'), one);
    assert.notEqual(await fingerprint({ ...token, audience: 'iam' }, 'u1'), one);
  });
});

describe('ambient identity', () => {
  it('F142: past the schema is forbidden to a tenant, before any call', async () => {
    const { client, asked } = clientWith({});
    const inputs = await resolve({ token, ambient: { kind: 'AmbientIdentity' } }, client);
    assert.equal(inputs.kind === 'failure' && inputs.reason, 'AmbientForbidden');
    assert.deepEqual(asked, []);
  });

  it("is a cluster credential's to use", async () => {
    const { client } = clientWith({});
    const inputs = await resolve({ ambient: { kind: 'AmbientIdentity' } }, client, clusterCredential());
    assert.equal(inputs.kind, 'inputs');
  });
});
