import assert from 'node:assert/strict';
import type { KubeClient, KubeObject } from '../../../src/kube/client.ts';
import { slimSecret, slimServiceAccount as slimAccount } from '../../../src/kube/slim.ts';
import type { SlimSecret, SlimServiceAccount } from '../../../src/kube/slim.ts';
import { createStore } from '../../../src/kube/store.ts';
import { createEncoder } from '../../../src/reconcile/encode.ts';
import { converge } from '../../../src/reconcile/namespace/converge.ts';
import { createDrafts } from '../../../src/reconcile/namespace/draft.ts';
import { createMade } from '../../../src/reconcile/namespace/made.ts';
import type { NamespacePorts } from '../../../src/reconcile/namespace/ports.ts';
import {
  ALL_PERMITTED,
  clusterCredential,
  published,
  SECRET_NAME,
  situation,
  slimServiceAccount,
} from '../../support/gen.ts';

const GIVEN = { credentials: [clusterCredential()], tokens: { 'uid-main': published({ 'quay.io': 'q' }) } };

describe('a ServiceAccount that comes while its Secret is under way', () => {
  it('F207: gets its entry in the same run', async () => {
    const { run, stores, writes } = open({
      onCreate: ({ serviceAccounts }) => serviceAccounts.put(slimServiceAccount()),
    });

    const { failures } = await run();

    assert.deepEqual(writes, ['create secrets', 'patch serviceaccounts']);
    assert.deepEqual(failures, []);
    assert.deepEqual(stores.serviceAccounts.get('team-a/default')?.entries, [{ name: SECRET_NAME }]);
  });

  it('is no reason to plan again when it is on its way out', async () => {
    const leaving = { ...slimServiceAccount(), terminating: true };
    const { run, gathered } = open({ onCreate: ({ serviceAccounts }) => serviceAccounts.put(leaving) });

    await run();

    assert.equal(gathered(), 1);
  });
});

interface OpenStores {
  readonly secrets: ReturnType<typeof createStore<SlimSecret>>;
  readonly serviceAccounts: ReturnType<typeof createStore<SlimServiceAccount>>;
}

/** One namespace without ServiceAccounts, and an API server that takes every write. */
function open({ onCreate }: { readonly onCreate: (stores: OpenStores) => void }) {
  const stores: OpenStores = { secrets: createStore(), serviceAccounts: createStore() };
  const writes: string[] = [];
  let gathered = 0;
  const answerTo = (object: object, name: string): KubeObject => {
    const { metadata } = object as { readonly metadata: object };
    return {
      ...object,
      metadata: { ...metadata, name, namespace: 'team-a', uid: `uid-${name}`, resourceVersion: '2' },
    };
  };
  const client = {
    create: (resource: { readonly plural: string }, _namespace: string, body: object) => {
      writes.push(`create ${resource.plural}`);
      onCreate(stores);
      return Promise.resolve(answerTo(body, SECRET_NAME));
    },
    patch: (ref: { readonly resource: { readonly plural: string } }, seen: { readonly uid: string }, body: object) => {
      writes.push(`patch ${ref.resource.plural}`);
      const answer = answerTo(body, 'default');
      return Promise.resolve({ ...answer, metadata: { ...answer.metadata, uid: seen.uid } });
    },
  };
  const ports = {
    client: client as unknown as KubeClient,
    stores,
    drafts: createDrafts(createEncoder()),
    made: createMade(),
    permissions: ALL_PERMITTED,
    fights: { waitMs: () => 0, wrote: () => undefined },
    remember: {
      secret: (object: KubeObject) => put(stores.secrets, slimSecret(object)),
      serviceAccount: (object: KubeObject) => put(stores.serviceAccounts, slimAccount(object)),
    },
  } as unknown as NamespacePorts;
  const gather = () => {
    gathered += 1;
    const now = situation({
      ...GIVEN,
      secrets: stores.secrets.inNamespace('team-a'),
      serviceAccounts: stores.serviceAccounts.inNamespace('team-a').filter(({ terminating }) => !terminating),
    });
    return Promise.resolve({ situation: now, askAgainMs: undefined });
  };
  return {
    stores,
    writes,
    gathered: () => gathered,
    run: () => converge(gather, ports, { signal: new AbortController().signal, runId: 'r' }),
  };
}

function put<T extends SlimSecret | SlimServiceAccount>(store: { put(item: T): void }, item: T): T {
  store.put(item);
  return item;
}
