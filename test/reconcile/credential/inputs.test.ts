import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KubeError } from '../../../src/kube/client.ts';
import type { KubeClient, KubeErrorKind, KubeObject } from '../../../src/kube/client.ts';
import type { InputRef } from '../../../src/providers/provider.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { INPUTS_ROLE } from '../../../src/reconcile/credential/input-service-accounts.ts';
import { homeNamespace, resolveInputs, secretInputs } from '../../../src/reconcile/credential/inputs.ts';
import { clusterCredential, tenantCredential } from '../../support/gen.ts';

const HOME = 'regcred-system';
const DOCKER_CONFIG: InputRef = { kind: 'DockerConfig', name: 'source' };
const PASSWORD: InputRef = { kind: 'SecretKey', name: 'source', key: 'password' };
const JSON_TYPE = 'kubernetes.io/dockerconfigjson';

interface SecretGiven {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function secret({
  type = 'Opaque',
  data = {},
  labels = { 'regcred.dev/input': 'true' },
  annotations = {},
}: SecretGiven) {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return { type, data: Object.fromEntries(encoded) as object, labels, annotations };
}

/** A client that has these Secrets by "NAMESPACE/NAME", or answers each GET with an error. */
function clientWith(secrets: Readonly<Record<string, ReturnType<typeof secret>>> | KubeErrorKind) {
  const asked: string[] = [];
  const get: KubeClient['get'] = ({ namespace = '', name }) => {
    asked.push(`${namespace}/${name}`);
    const kind = typeof secrets === 'string' ? secrets : 'NotFound';
    const found = typeof secrets === 'string' ? undefined : secrets[`${namespace}/${name}`];
    if (!found) return Promise.reject(new KubeError({ kind, status: 0, request: 'get' }));
    const { labels, annotations, ...rest } = found;
    const metadata = { name, namespace, uid: 'u', resourceVersion: '1', labels, annotations };
    return Promise.resolve({ metadata, ...rest } as KubeObject);
  };
  return { client: { get } as KubeClient, asked };
}

function resolve(
  refs: Readonly<Record<string, InputRef>>,
  secrets: Parameters<typeof clientWith>[0],
  credential: Credential = clusterCredential(),
) {
  return resolveInputs(credential, refs, { client: clientWith(secrets).client, operatorNamespace: HOME }, {});
}

async function valuesOf(...given: Parameters<typeof resolve>): Promise<Record<string, string>> {
  const inputs = await resolve(...given);
  assert.equal(inputs.kind, 'inputs', JSON.stringify(inputs));
  return Object.fromEntries(Object.entries(inputs.values).map(([input, value]) => [input, value.reveal()]));
}

async function failureOf(...given: Parameters<typeof resolve>): Promise<string> {
  const inputs = await resolve(...given);
  assert.equal(inputs.kind, 'failure');
  assert.ok(!JSON.stringify(inputs).includes('CANARY'), 'the content is quoted');
  return inputs.reason;
}

describe('resolveInputs', () => {
  it('reads keys and docker configs, each Secret once', async () => {
    const source = secret({ data: { password: 'p', username: 'u' } });
    const { client, asked } = clientWith({ [`${HOME}/source`]: source });

    const inputs = await resolveInputs(
      clusterCredential(),
      { password: PASSWORD, username: { ...PASSWORD, key: 'username' } },
      { client, operatorNamespace: HOME },
      {},
    );

    assert.equal(inputs.kind, 'inputs');
    assert.deepEqual(asked, [`${HOME}/source`]);
  });

  it('reads in the home namespace and nowhere else', async () => {
    const everywhere = secret({ data: { password: 'p' } });
    for (const [credential, home] of [
      [clusterCredential(), HOME],
      [tenantCredential(), 'team-a'],
    ] as const) {
      const { client, asked } = clientWith({ [`${home}/source`]: everywhere });
      await resolveInputs(credential, { password: PASSWORD }, { client, operatorNamespace: HOME }, {});
      assert.deepEqual(asked, [`${home}/source`]);
      assert.equal(homeNamespace(credential, HOME), home);
    }
  });

  it("F126: needs the label on tenants' Secrets, too, where consent is bound everywhere", async () => {
    const read = async (labels: Readonly<Record<string, string>>, labelledInputs: boolean): Promise<string> => {
      const { client } = clientWith({ 'team-a/source': secret({ data: { password: 'CANARY' }, labels }) });
      const ports = { client, operatorNamespace: HOME, labelledInputs };
      const inputs = await resolveInputs(tenantCredential(), { password: PASSWORD }, ports, {});
      return inputs.kind === 'failure' ? inputs.reason : inputs.kind;
    };

    assert.equal(await read({}, false), 'inputs');
    assert.equal(await read({}, true), 'InputNotAllowed');
    assert.equal(await read({ 'regcred.dev/input': 'true' }, true), 'inputs');
  });

  it("F127: needs the label on Secrets of the operator's namespace, whichever kind of credential names them", async () => {
    const given = { [`${HOME}/source`]: secret({ data: { password: 'CANARY' }, labels: {} }) };

    for (const credential of [clusterCredential(), tenantCredential({ namespace: HOME })])
      assert.equal(await failureOf({ password: PASSWORD }, given, credential), 'InputNotAllowed');
  });

  it('follows the type of a docker config: one shape for both', async () => {
    const auths = '{"a.example.com":{}}';
    const json = secret({ type: JSON_TYPE, data: { '.dockerconfigjson': `{"auths":${auths}}` } });
    const legacy = secret({ type: 'kubernetes.io/dockercfg', data: { '.dockercfg': auths } });

    for (const source of [json, legacy])
      assert.deepEqual(await valuesOf({ config: DOCKER_CONFIG }, { [`${HOME}/source`]: source }), {
        config: `{"auths":${auths}}`,
      });
  });

  it('leaves an optional key out that is not there', async () => {
    const source = secret({ data: { password: 'p' } });

    const refs = { password: PASSWORD, token: { ...PASSWORD, key: 'token', optional: true } } as const;
    assert.deepEqual(await valuesOf(refs, { [`${HOME}/source`]: source }), { password: 'p' });
  });

  for (const { what, refs, given, reason } of [
    { what: 'no Secret', refs: { password: PASSWORD }, given: {}, reason: 'InputNotFound' },
    { what: 'no namespace', refs: { password: PASSWORD }, given: 'NamespaceGone', reason: 'InputNotFound' },
    { what: 'no right to read it', refs: { password: PASSWORD }, given: 'Forbidden', reason: 'ConsentMissing' },
    {
      what: 'a Secret without the label',
      refs: { password: PASSWORD },
      given: { [`${HOME}/source`]: secret({ data: { password: 'CANARY' }, labels: {} }) },
      reason: 'InputNotAllowed',
    },
    {
      what: 'a stored token of ours',
      refs: { password: PASSWORD },
      given: { [`${HOME}/source`]: secret({ type: 'regcred.dev/token', data: { password: 'CANARY' } }) },
      reason: 'InputNotAllowed',
    },
    {
      what: 'a pull Secret of ours',
      refs: { config: DOCKER_CONFIG },
      given: {
        [`${HOME}/source`]: secret({ type: JSON_TYPE, annotations: { 'regcred.dev/managed': 'CANARY' } }),
      },
      reason: 'InputNotAllowed',
    },
    {
      what: 'a Secret without the key',
      refs: { password: PASSWORD },
      given: { [`${HOME}/source`]: secret({ data: { other: 'CANARY' } }) },
      reason: 'InputNotFound',
    },
    {
      what: 'a docker config of another type',
      refs: { config: DOCKER_CONFIG },
      given: { [`${HOME}/source`]: secret({ data: { '.dockerconfigjson': 'CANARY' } }) },
      reason: 'InputUnsupported',
    },
    {
      what: 'a value of 300 KiB',
      refs: { password: PASSWORD },
      given: { [`${HOME}/source`]: secret({ data: { password: 'CANARY'.repeat(51_200) } }) },
      reason: 'InputInvalid',
    },
    {
      what: 'a docker config of 300 KiB',
      refs: { config: DOCKER_CONFIG },
      given: {
        [`${HOME}/source`]: secret({ type: JSON_TYPE, data: { '.dockerconfigjson': 'CANARY'.repeat(51_200) } }),
      },
      reason: 'InputInvalid',
    },
  ] as const)
    it(`F223: ${what} is ${reason}, and nothing of it is quoted`, async () => {
      assert.equal(await failureOf(refs, given), reason);
    });

  it('needs no label on the own Secret of a tenant, and names the role to bind where it may not read', async () => {
    const source = secret({ data: { password: 'p' }, labels: {} });

    assert.deepEqual(await valuesOf({ password: PASSWORD }, { 'team-a/source': source }, tenantCredential()), {
      password: 'p',
    });
    const refused = await resolve({ password: PASSWORD }, 'Forbidden', tenantCredential());
    assert.ok(refused.kind === 'failure' && refused.facts['role'] === INPUTS_ROLE);
  });

  for (const kind of ['Unavailable', 'Unreachable', 'TooManyRequests', 'NotServed', 'Aborted'] as const)
    it(`throws ${kind}: what the API server can not answer now says nothing about the source`, async () => {
      await assert.rejects(resolve({ password: PASSWORD }, kind), { kind });
    });

  it('hashes all values: equal exactly when nothing changed', async () => {
    const values = fc.record({ password: fc.string(), username: fc.string() });
    const hashOf = async (data: Record<string, string>): Promise<string> => {
      const refs = { password: PASSWORD, username: { ...PASSWORD, key: 'username' } };
      const inputs = await resolve(refs, { [`${HOME}/source`]: secret({ data }) });
      return inputs.kind === 'inputs' ? JSON.stringify(inputs.fingerprints) : '';
    };
    await fc.assert(
      fc.asyncProperty(values, values, async (a, b) => {
        const isSame = a.password === b.password && a.username === b.username;
        assert.equal((await hashOf(a)) === (await hashOf(b)), isSame);
      }),
    );
  });
});

describe('regcred.dev/expires-at', () => {
  const endOf = async (text: string | undefined) => {
    const annotations = text === undefined ? {} : { 'regcred.dev/expires-at': text };
    const source = secret({ data: { password: 'p' }, annotations });
    const inputs = await resolve({ password: PASSWORD }, { [`${HOME}/source`]: source });
    assert.equal(inputs.kind, 'inputs');
    return { end: inputs.endsAt?.toISOString(), unreadable: inputs.unreadableEnds };
  };

  it('is read as RFC 3339 with a zone', async () => {
    assert.deepEqual(await endOf(undefined), { end: undefined, unreadable: [] });
    assert.deepEqual(await endOf('2030-01-01T00:00:00Z'), { end: '2030-01-01T00:00:00.000Z', unreadable: [] });
    assert.deepEqual(await endOf('2030-01-01T02:00:00.5+02:00'), { end: '2030-01-01T00:00:00.500Z', unreadable: [] });
  });

  for (const text of ['', 'soon', '2030-01-01', '2030-01-01T00:00:00', '2030-13-01T00:00:00Z', '1893456000'])
    it(`is no end when it is "${text}", and said to be none`, async () => {
      assert.deepEqual(await endOf(text), { end: undefined, unreadable: ['source'] });
    });

  it('is the earliest of several Secrets', async () => {
    const at = (time: string) => secret({ data: { password: 'p' }, annotations: { 'regcred.dev/expires-at': time } });
    const inputs = await resolve(
      { a: { ...PASSWORD, name: 'a' }, b: { ...PASSWORD, name: 'b' } },
      { [`${HOME}/a`]: at('2031-01-01T00:00:00Z'), [`${HOME}/b`]: at('2030-01-01T00:00:00Z') },
    );

    assert.equal(inputs.kind === 'inputs' && inputs.endsAt?.getUTCFullYear(), 2030);
  });
});

describe('secretInputs', () => {
  it('names the Secrets that a credential reads', () => {
    const token: InputRef = { kind: 'ServiceAccountToken', name: 'puller', audience: 'sts.amazonaws.com' };

    assert.deepEqual(secretInputs({ a: DOCKER_CONFIG, b: { ...PASSWORD, name: 'other' }, c: token }), [
      'source',
      'other',
    ]);
    assert.deepEqual(secretInputs({}), []);
  });
});
