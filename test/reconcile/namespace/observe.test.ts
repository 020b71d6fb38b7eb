import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createStore } from '../../../src/kube/store.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from '../../../src/kube/slim.ts';
import { slimSecret as slimSecretOf } from '../../../src/kube/slim.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { readMarker, writeMarker } from '../../../src/reconcile/marker.ts';
import type { Marker } from '../../../src/reconcile/marker.ts';
import { createMade } from '../../../src/reconcile/namespace/made.ts';
import { observe } from '../../../src/reconcile/namespace/observe.ts';
import type { MadePort } from '../../../src/reconcile/ports.ts';
import { INSTALLATION, SECRET_NAME, slimNamespace, slimSecret, slimServiceAccount } from '../../support/gen.ts';

const HERE = slimNamespace();
const THERE = slimNamespace({ name: 'team-b' });
const MARKER: Marker = {
  installation: INSTALLATION,
  namespaceUid: HERE.uid,
  secretName: SECRET_NAME,
  adopted: false,
  by: [{ kind: 'ClusterRegistryCredential', name: 'main', uid: 'uid-main', retain: false }],
  hosts: new Map([['quay.io', 0]]),
  labels: new Map(),
  annotations: new Map(),
  records: new Map(),
};

describe('a Secret in a namespace', () => {
  for (const [what, marker, standing] of [
    ['F165: is ours with a marker that fits', MARKER, 'ours'],
    ['F167: is foreign without a marker', undefined, 'foreign'],
    ['F179: is foreign under another name', { ...MARKER, secretName: 'copied' }, 'foreign'],
    ['F179: is foreign as a copy from another live namespace', { ...MARKER, namespaceUid: THERE.uid }, 'foreign'],
    ['F180: is stale with the UID of a namespace that nobody has', { ...MARKER, namespaceUid: 'before' }, 'stale'],
    ['F181: is foreign with the marker of another installation', { ...MARKER, installation: 'other' }, 'foreign'],
  ] as const)
    it(what, () => {
      const { secrets } = observeWith([slimSecret(marker === undefined ? {} : { marker })]);

      assert.equal(secrets.get(SECRET_NAME)?.standing, standing);
    });

  it('F201: is ours with the UID of a former namespace when this very process made it', () => {
    const made = createMade();
    const secret = slimSecret({ marker: { ...MARKER, namespaceUid: 'before' } });
    made.add(secret.uid);

    const { secrets } = observeWith([secret], [], made);

    assert.equal(secrets.get(SECRET_NAME)?.standing, 'ours');
  });

  it('is seen with the ServiceAccounts of its namespace alone, terminating ones apart', () => {
    const leaving = { ...slimServiceAccount({ name: 'leaving' }), terminating: true };
    const accounts = [slimServiceAccount(), leaving, slimServiceAccount({ namespace: 'team-b' })];

    const { secrets, serviceAccounts } = observeWith([slimSecret({ namespace: 'team-b' })], accounts);

    assert.equal(secrets.size, 0);
    assert.deepEqual(serviceAccounts, [accounts[0]]);
  });
});

describe('a garbage marker', () => {
  it('F168: is not ours, whatever it says, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), spoiltMarkers()), (text) => {
        const { secrets } = observeWith([markedWith(text)]);

        const { marker, standing } = secrets.get(SECRET_NAME)!;
        if (marker === undefined) assert.equal(standing, 'foreign');
        assert.deepEqual(readMarker(text), marker);
      }),
    );
  });

  for (const [what, text] of Object.entries({
    'is no JSON': 'not JSON',
    'is 256 KiB long': JSON.stringify('x'.repeat(256 * 1024)),
    'gives a host to nobody': writeMarker(MARKER).replace('"quay.io":0', '"quay.io":7'),
    'gives a host to a text': writeMarker(MARKER).replace('"quay.io":0', '"quay.io":"0"'),
    'has a list of contributors that is none': writeMarker({ ...MARKER, by: [] }).replace('"by":[]', '"by":{}'),
    'hides in __proto__': `{"__proto__":${writeMarker(MARKER)}}`,
  }))
    it(`F168: is not ours where it ${what}`, () => {
      assert.equal(observeWith([markedWith(text)]).secrets.get(SECRET_NAME)?.standing, 'foreign');
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    });
});

/** A marker with one field replaced by any JSON value. */
function spoiltMarkers(): fc.Arbitrary<string> {
  const whole = JSON.parse(writeMarker(MARKER)) as object;
  return fc
    .tuple(fc.constantFrom(...Object.keys(whole), 'labels', 'adopted', '__proto__'), fc.jsonValue())
    .map(
      ([field, value]) => `${JSON.stringify(whole).slice(0, -1)},${JSON.stringify(field)}:${JSON.stringify(value)}}`,
    );
}

function markedWith(text: string): SlimSecret {
  const metadata = { name: SECRET_NAME, namespace: HERE.name, uid: 'uid', resourceVersion: '1' };
  return slimSecretOf({ metadata: { ...metadata, annotations: { 'regcred.dev/managed': text } } });
}

function observeWith(
  secrets: readonly SlimSecret[],
  accounts: readonly SlimServiceAccount[] = [],
  made: MadePort = createMade(),
) {
  const stores = {
    credentials: createStore<Credential>(),
    namespaces: createStore<SlimNamespace>(),
    serviceAccounts: createStore<SlimServiceAccount>(),
    secrets: createStore<SlimSecret>(),
  };
  stores.namespaces.replace([HERE, THERE]);
  stores.serviceAccounts.replace(accounts);
  stores.secrets.replace(secrets);
  return observe(HERE, { stores, installation: INSTALLATION, made });
}
