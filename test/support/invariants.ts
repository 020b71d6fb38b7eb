// What must hold after every journey, whatever it was about: the invariants I1 to I10 of docs/faults.md, as far as the
// state of the world shows them.
import assert from 'node:assert/strict';
import { keyringKey, readDockerConfig } from '../../src/lib/keyring.ts';
import { writtenKeys } from '../../src/lib/docker-config.ts';
import { readMarker } from '../../src/reconcile/marker.ts';
import type { Marker } from '../../src/reconcile/marker.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { Body } from './raw-client.ts';
import { pathOf } from './sandbox-harness.ts';
import type { Kind, TestAdmin } from './sandbox-harness.ts';

const DECOY = 'decoy';
const SECRET_TYPE = 'kubernetes.io/dockerconfigjson';

/** I1, I2: objects of a user beside ours, with everything that looks like ours but the marker. */
export interface Decoys {
  /** They are as they were made, or gone with their namespace. */
  check(): Promise<void>;
}

export async function plantDecoys(admin: TestAdmin, namespace: string): Promise<Decoys> {
  const labels = { 'app.kubernetes.io/managed-by': 'regcred-operator', 'velero.io/exclude-from-backup': 'true' };
  const metadata = { name: DECOY, labels };
  const data = { '.dockerconfigjson': btoa('{"auths":{"decoy.example.com":{"auth":"ZGVjb3k6ZGVjb3k="}}}') };
  const secret = await admin.create('Secret', { metadata, type: SECRET_TYPE, data }, namespace);
  const imagePullSecrets = [{ name: 'theirs-2' }, { name: DECOY }, { name: 'theirs-1' }];
  const account = await admin.create('ServiceAccount', { metadata, imagePullSecrets }, namespace);
  const home = await admin.get('Namespace', namespace);
  return {
    async check() {
      const { uid, deletionTimestamp } = (await admin.get('Namespace', namespace))?.metadata ?? {};
      if (uid !== home?.metadata.uid || deletionTimestamp !== undefined) return;
      const [secretNow, accountNow] = [
        await admin.get('Secret', DECOY, namespace),
        await admin.get('ServiceAccount', DECOY, namespace),
      ];
      assert.equal(secretNow?.metadata.resourceVersion, secret.metadata.resourceVersion, 'I1: a decoy was touched');
      assert.equal(accountNow?.metadata.uid, account.metadata.uid, 'I1: a decoy was replaced');
      const foreign = accountNow.imagePullSecrets.filter(({ name }) =>
        imagePullSecrets.some((one) => one.name === name),
      );
      assert.deepEqual(foreign, imagePullSecrets, "I2: somebody else's entries were changed");
    },
  };
}

/** I10: sees each status that is written from here on. */
export async function watchStatuses(admin: TestAdmin, prefix: string): Promise<{ check(): void; close(): void }> {
  const kinds: readonly Kind[] = ['ClusterRegistryCredential', 'RegistryCredential'];
  const watches = await Promise.all(kinds.map((kind) => admin.raw.watch(`${pathOf(kind)}?watch=true`)));
  return {
    close: () => watches.forEach((watch) => watch.close()),
    check() {
      const events = watches
        .flatMap((watch) => watch.events)
        .filter(({ type }) => type !== 'BOOKMARK' && type !== 'ERROR');
      const own = events.map(({ object }) => object).filter(({ metadata }) => metadata.name.startsWith(prefix));
      for (const versions of Map.groupBy(own, ({ metadata }) => metadata.uid).values()) checkOrder(versions);
    },
  };
}

/** I8: what exists is written only as it was seen; nothing of ours owns, or holds up a deletion. */
export function checkWrites(proxy: FaultProxy): void {
  for (const resource of ['secrets', 'serviceaccounts']) {
    for (const verb of ['patch', 'update', 'delete'] as const) {
      for (const { text } of proxy.sent({ verb, resource })) {
        const body = JSON.parse(text === '' ? '{}' : text) as Readonly<Record<string, Partial<Seen> | undefined>>;
        const seen = verb === 'delete' ? body['preconditions'] : body['metadata'];
        assert.ok(seen?.uid && seen.resourceVersion, `I8: an unconditional ${verb} of ${resource}`);
      }
    }
  }
  const writes = proxy.sent().filter(({ verb }) => ['create', 'patch', 'update'].includes(verb));
  for (const { text } of writes) assert.doesNotMatch(text, /"(finalizers|ownerReferences)"/, 'I8');
}

interface Seen {
  readonly uid: string;
  readonly resourceVersion: string;
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly lastTransitionTime: string }[];
}

function checkOrder(versions: readonly Body[]): void {
  const times = new Map<string, string>();
  let generation = -1;
  for (const { status, metadata } of versions) {
    const { observedGeneration = -1, conditions = [] } = (status ?? {}) as Status;
    assert.ok(observedGeneration >= generation, `I10: observedGeneration of ${metadata.name} went backwards`);
    generation = observedGeneration;
    for (const { type, lastTransitionTime } of conditions) {
      assert.ok(
        lastTransitionTime >= (times.get(type) ?? ''),
        `I10: ${type} of ${metadata.name} went backwards in time`,
      );
      times.set(type, lastTransitionTime);
    }
  }
}

export interface OurSecret {
  readonly secret: Body;
  readonly marker: Marker;
}

/** The Secrets of this namespace that a marker proves ours. */
export function oursIn(secrets: readonly Body[], namespaceUid: string, installation: string): readonly OurSecret[] {
  return secrets.flatMap((secret) => {
    const marker = readMarker(annotationOf(secret, 'regcred.dev/managed'));
    const isOurs =
      marker?.installation === installation &&
      marker.secretName === secret.metadata.name &&
      marker.namespaceUid === namespaceUid;
    return isOurs ? [{ secret, marker }] : [];
  });
}

/** I3: what the marker says is what stands there, and the kubelet can read it. */
export function checkSecret({ secret, marker }: OurSecret): void {
  const { name, namespace } = secret.metadata;
  const text = configOf(secret);
  const config = readDockerConfig(SECRET_TYPE, text);
  assert.equal(secret.type, SECRET_TYPE);
  assert.equal(secret.metadata['ownerReferences'], undefined, 'I8: an owner reference');
  assert.equal(secret.metadata['finalizers'], undefined, 'I8: a finalizer');
  assert.ok(config.ok, `I3: no kubelet can read ${namespace}/${name}`);
  const standing = new Set([...config.entries.keys()].map(keyringKey));
  const given = new Set([...marker.hosts.keys()].flatMap(writtenKeys).map(keyringKey));
  for (const key of given)
    assert.ok(standing.has(key), `I3: ${key} stands in the marker of ${namespace}/${name} alone`);
  if (marker.adopted) return;
  for (const key of standing) assert.ok(given.has(key), `I3: nobody's ${key} in ${namespace}/${name}`);
}

/** I3: the same winners give the same bytes everywhere. */
export function checkEqualBytes(secrets: readonly OurSecret[]): void {
  const byWinners = Map.groupBy(
    secrets.filter(({ marker }) => !marker.adopted),
    ({ marker }) => JSON.stringify([...marker.hosts].map(([key, index]) => [key, marker.by[index]?.uid]).sort()),
  );
  for (const [winners, equal] of byWinners) {
    assert.equal(new Set(equal.map(({ secret }) => configOf(secret))).size, 1, `I3: other bytes for ${winners}`);
  }
}

function configOf(secret: Body): string {
  return Buffer.from(secret.data['.dockerconfigjson'] ?? '', 'base64').toString('utf8');
}

function annotationOf({ metadata }: Body, name: string): string | undefined {
  const annotations = metadata.annotations as Readonly<Record<string, string>> | undefined;
  return annotations?.[name];
}
