import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { KubeObject } from '../../src/kube/client.ts';
import { slimCredential, slimNamespace, slimSecret, slimServiceAccount } from '../../src/kube/slim.ts';
import { entryHash } from '../../src/lib/docker-config.ts';
import { shortHash } from '../../src/lib/hash.ts';

const config = (password: string): string => `{"auths":{"reg.io":{"username":"u","password":"${password}"}}}`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function object(metadata: object, rest: object = {}): KubeObject {
  return { metadata: { name: 'a', namespace: 'team-a', uid: 'u1', resourceVersion: '7', ...metadata }, ...rest };
}

function pullSecret(data: object | undefined, metadata: object = {}, rest: object = {}): KubeObject {
  return object(metadata, { type: 'kubernetes.io/dockerconfigjson', data, ...rest });
}

describe('slim objects', () => {
  it('keep of a Namespace its labels and whether it ends', () => {
    const labels = { team: 'a' };

    assert.deepEqual(slimNamespace(object({ labels, deletionTimestamp: '2030-01-01T00:00:00Z' })), {
      name: 'a',
      uid: 'u1',
      resourceVersion: '7',
      labels,
      terminating: true,
    });
    assert.deepEqual(slimNamespace(object({})).labels, {});
  });

  it('keep of a ServiceAccount its entries as they stand, duplicates and empty ones too', () => {
    const entries = [{ name: 'x' }, {}, { name: 'x' }];
    const annotations = { 'regcred.dev/pull-secrets': '["x"]', 'regcred.dev/ignore': 'true', other: 'y' };

    const slim = slimServiceAccount(object({ annotations }, { imagePullSecrets: entries, secrets: [{ name: 'z' }] }));

    assert.deepEqual(slim, {
      name: 'a',
      namespace: 'team-a',
      uid: 'u1',
      resourceVersion: '7',
      terminating: false,
      entries,
      pullSecrets: '["x"]',
      ignore: 'true',
      rival: undefined,
    });
    assert.deepEqual(slimServiceAccount(object({})).entries, []);
  });

  it('name who else sets the entries of a ServiceAccount', () => {
    const managedFields = [
      { manager: 'regcred-operator', fieldsV1: { 'f:imagePullSecrets': {} } },
      { manager: 'kubectl', fieldsV1: { 'f:metadata': {} } },
      { manager: 'argocd', fieldsV1: { 'f:imagePullSecrets': {} } },
    ];

    assert.equal(slimServiceAccount(object({ managedFields })).rival, 'argocd');
  });

  it('keep of a Secret hashes and nothing of its data', () => {
    const data = { '.dockerconfigjson': base64(config('CANARY')), other: base64('CANARY') };
    const annotations = { 'regcred.dev/managed': '{"v":1}', note: 'n' };

    const slim = slimSecret(pullSecret(data, { annotations, labels: { team: 'a' } }, { immutable: true }));

    assert.deepEqual(slim, {
      name: 'a',
      namespace: 'team-a',
      uid: 'u1',
      resourceVersion: '7',
      type: 'kubernetes.io/dockerconfigjson',
      immutable: true,
      terminating: false,
      controlled: false,
      marker: { common: '{"v":1}', namespaceUid: undefined },
      configHash: shortHash(config('CANARY')),
      entryHashes: new Map([['reg.io', entryHash({ username: 'u', password: 'CANARY' })]]),
      readable: true,
      metadataHashes: { 'label:team': shortHash('a'), 'annotation:note': shortHash('n') },
    });
    assert.doesNotMatch(inspect(slim, { depth: 9 }), /CANARY|Q0FOQVJZ/);
  });

  it('share what is equal in ten thousand namespaces', () => {
    const data = { '.dockerconfigjson': base64(config('shared')) };
    const one = slimSecret(pullSecret(data, { labels: { a: 'b' } }));
    const two = slimSecret(pullSecret({ ...data }, { namespace: 'team-b', labels: { a: 'b' } }));

    assert.equal(one.entryHashes, two.entryHashes);
    assert.equal(one.metadataHashes, two.metadataHashes);
  });

  it('keep nothing of an object that is gone, however large a user made it', () => {
    const imagePullSecrets = Array.from({ length: 10_000 }, (_, index) => ({ name: `${'x'.repeat(60)}-${index}` }));
    const large = (): unknown => slimServiceAccount(object({}, { imagePullSecrets })).entries;
    const small = (): unknown =>
      slimServiceAccount(object({}, { imagePullSecrets: imagePullSecrets.slice(9990) })).entries;

    assert.notEqual(large(), large());
    assert.equal(small(), small());
  });

  it('tell a Secret without a docker config from one that can not be read', () => {
    const missing = slimSecret(pullSecret(undefined));
    const broken = slimSecret(pullSecret({ '.dockerconfigjson': base64('{') }));
    const garbled = slimSecret(pullSecret({ '.dockerconfigjson': 'not base64!' }));

    assert.deepEqual([missing.configHash, missing.entryHashes, missing.readable], [undefined, undefined, false]);
    assert.deepEqual([broken.configHash, broken.entryHashes, broken.readable], [shortHash('{'), undefined, false]);
    assert(garbled.configHash);
    assert.equal(garbled.readable, false);
  });

  it('take no config apart that has more hosts than anybody means', () => {
    const hosts = Array.from({ length: 10_001 }, (_, index) => [`h${index}.example.com`, {}]);
    const text = JSON.stringify({ auths: Object.fromEntries(hosts) as object });

    const slim = slimSecret(pullSecret({ '.dockerconfigjson': base64(text) }));

    assert.deepEqual([slim.configHash, slim.entryHashes, slim.readable], [shortHash(text), undefined, false]);
  });

  it('tell a config that the kubelet chokes on', () => {
    const slim = slimSecret(pullSecret({ '.dockerconfigjson': base64('{"auths":{"reg.io":{"auth":"!"}}}') }));

    assert.equal(slim.readable, false);
    assert.equal(slim.entryHashes?.size, 1);
  });

  it('see a change of any byte, label or annotation, and no other order of keys', () => {
    const of = (text: string, metadata: object = {}): object =>
      slimSecret(pullSecret({ '.dockerconfigjson': base64(text) }, metadata));

    assert.notDeepEqual(of(config('a')), of(config('b')));
    assert.notDeepEqual(of('{}', { labels: { a: '1' } }), of('{}', { labels: { a: '2' } }));
    assert.notDeepEqual(of('{}', { labels: { a: '1' } }), of('{}', { annotations: { a: '1' } }));
    assert.deepEqual(of('{}', { labels: { a: '1', b: '2' } }), of('{}', { labels: { b: '2', a: '1' } }));
  });

  it('know a Secret that a controller owns', () => {
    const owner = { kind: 'SealedSecret', name: 's' };

    assert.equal(slimSecret(pullSecret({}, { ownerReferences: [{ ...owner, controller: true }] })).controlled, true);
    assert.equal(slimSecret(pullSecret({}, { ownerReferences: [owner] })).controlled, false);
  });

  it('are whole for credentials, but for managed fields', () => {
    const spec = { suspend: true };

    const slim = slimCredential(object({ generation: 2, managedFields: [{ manager: 'kubectl' }] }, { spec }));

    assert.deepEqual(slim, object({ generation: 2 }, { spec }));
  });

  it('refuse an object that misses its place', () => {
    assert.throws(() => slimSecret({ metadata: { name: 'a', uid: 'u', resourceVersion: '1' } }), TypeError);
  });
});
