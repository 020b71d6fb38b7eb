import assert from 'node:assert/strict';
import { LOW, NORMAL } from '../../src/controller/result.ts';
import { createStore } from '../../src/kube/store.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from '../../src/kube/slim.ts';
import { credentialStore } from '../../src/reconcile/credential-store.ts';
import type { Credential } from '../../src/reconcile/credential.ts';
import type { Marker } from '../../src/reconcile/marker.ts';
import {
  onCredential,
  onInput,
  onNamespace,
  onPullSecret,
  onServiceAccount,
  wakeNamespacesOf,
} from '../../src/reconcile/wake.ts';
import {
  ALL_PERMITTED,
  clusterCredential,
  INSTALLATION,
  SECRET_NAME,
  slimNamespace,
  slimSecret,
  slimServiceAccount,
  tenantCredential,
} from '../support/gen.ts';

const MAIN = 'ClusterRegistryCredential/main';

/** A cluster of these namespaces, and what was woken in it. */
function cluster(...names: readonly string[]) {
  const [clusterKind, namespacedKind] = [createStore<Credential>(), createStore<Credential>()];
  const namespaces = createStore<SlimNamespace>();
  const secrets = createStore<SlimSecret>();
  namespaces.replace(names.map((name) => slimNamespace({ name })));
  const woken: (readonly [string, number])[] = [];
  const stores = {
    credentials: credentialStore(clusterKind, namespacedKind),
    namespaces,
    serviceAccounts: createStore<SlimServiceAccount>(),
    secrets,
  };
  const wake = {
    credential: (key: string, priority: number) => void woken.push([key, priority]),
    namespace: (key: string, priority: number) => void woken.push([key, priority]),
  };
  return {
    ports: { stores, permissions: ALL_PERMITTED, wake },
    clusterKind,
    namespacedKind,
    secrets,
    news: () => woken.splice(0),
  };
}

function selecting(...names: readonly string[]): Credential {
  return clusterCredential({ spec: { namespaces: { names } } });
}

function markerOf(uid: string, namespace: string): Marker {
  return {
    installation: INSTALLATION,
    namespaceUid: `uid-${namespace}`,
    secretName: SECRET_NAME,
    adopted: false,
    by: [{ kind: 'ClusterRegistryCredential', name: 'main', uid, retain: false }],
    hosts: new Map(),
    labels: new Map(),
    annotations: new Map(),
    records: new Map(),
  };
}

describe('a change of a credential', () => {
  it('wakes its key, and the namespaces that it selects, in a fan-out of low priority', () => {
    const { ports, news } = cluster('a', 'b', 'c');

    onCredential({ old: undefined, new: selecting('a', 'b'), initial: false }, ports);

    const [first, ...rest] = news();
    assert.deepEqual(first, [MAIN, NORMAL]);
    assert.deepEqual(rest.toSorted(), [
      ['a', LOW],
      ['b', LOW],
    ]);
  });

  it('F203: wakes the namespaces selected before and now', () => {
    const { ports, news } = cluster('a', 'b', 'c');

    onCredential({ old: selecting('a'), new: { ...selecting('b'), generation: 2 }, initial: false }, ports);

    assert.deepEqual(
      news().map(([key]) => key),
      [MAIN, 'a', 'b'],
    );
  });

  it('wakes namespaces whose Secrets name it, selected or not', () => {
    const { ports, secrets, news } = cluster('a', 'b');
    secrets.put(slimSecret({ namespace: 'b', marker: markerOf('uid-main', 'b') }));

    onCredential({ old: selecting('a'), new: undefined, initial: false }, ports);

    assert.deepEqual(
      news()
        .map(([key]) => key)
        .toSorted(),
      [MAIN, 'a', 'b'].toSorted(),
    );
  });

  it('wakes its key alone when only its status or its annotations changed', () => {
    const { ports, news } = cluster('a');

    onCredential({ old: selecting('a'), new: { ...selecting('a'), resourceVersion: '2' }, initial: false }, ports);

    assert.deepEqual(news(), [[MAIN, NORMAL]]);
  });

  it('wakes namespaces for a deletionTimestamp, and for a new object of the name', () => {
    const { ports, news } = cluster('a');

    onCredential({ old: selecting('a'), new: { ...selecting('a'), deleted: true }, initial: false }, ports);
    assert.ok(news().some(([key]) => key === 'a'));
    onCredential({ old: selecting('a'), new: { ...selecting('a'), uid: 'anew' }, initial: false }, ports);
    assert.ok(news().some(([key]) => key === 'a'));
  });

  it('of a namespaced credential wakes its own namespace, as an event', () => {
    const { ports, news } = cluster('team-a', 'team-b');

    onCredential({ old: undefined, new: tenantCredential(), initial: false }, ports);

    assert.deepEqual(news(), [
      ['RegistryCredential/team-a/main', NORMAL],
      ['team-a', NORMAL],
    ]);
  });

  it('F199: fans out in another order each time', () => {
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const { ports, news } = cluster(...names);
    const orders = Array.from({ length: 3 }, () => {
      wakeNamespacesOf(selecting('*'), ports);
      return news().map(([key]) => key);
    });

    assert.deepEqual(orders[0]?.toSorted(), names.toSorted());
    assert.ok(new Set(orders.map((order) => order.join())).size > 1);
  });
});

describe('a change of a namespace', () => {
  it('wakes it, and the credentials that live there; from a list low, as an event normal', () => {
    const { ports, namespacedKind, news } = cluster();
    namespacedKind.put(tenantCredential());
    const namespace = slimNamespace();

    onNamespace({ old: undefined, new: namespace, initial: true }, ports);
    assert.deepEqual(news(), [
      ['team-a', LOW],
      ['RegistryCredential/team-a/main', LOW],
    ]);
    onNamespace({ old: undefined, new: namespace, initial: false }, ports);
    assert.deepEqual(news(), [
      ['team-a', NORMAL],
      ['RegistryCredential/team-a/main', NORMAL],
    ]);
  });

  it('counts where labels, end or identity changed, and nowhere else', () => {
    const { ports, news } = cluster();
    const old = slimNamespace({ labels: { team: 'a' } });
    const isWoken = (now: SlimNamespace | undefined): boolean => {
      onNamespace({ old, new: now, initial: false }, ports);
      return news().length > 0;
    };

    assert.equal(isWoken({ ...old, resourceVersion: '2' }), false);
    assert.equal(isWoken({ ...old, labels: {} }), true);
    assert.equal(isWoken({ ...old, terminating: true }), true);
    assert.equal(isWoken({ ...old, uid: 'anew' }), true);
    assert.equal(isWoken(undefined), true);
  });
});

describe('a change of a ServiceAccount or a pull Secret', () => {
  it('wakes the namespace of a ServiceAccount where something decides; its end decides nothing', () => {
    const { ports, news } = cluster();
    const old = slimServiceAccount({ entries: ['theirs'] });
    const isWoken = (now: SlimServiceAccount | undefined): boolean => {
      onServiceAccount({ old, new: now, initial: false }, ports);
      return news().length > 0;
    };

    assert.equal(isWoken({ ...old, resourceVersion: '2' }), false);
    assert.equal(isWoken(undefined), false);
    assert.equal(isWoken(slimServiceAccount({ entries: [] })), true);
    assert.equal(isWoken({ ...old, pullSecrets: '["x"]' }), true);
    assert.equal(isWoken({ ...old, ignore: 'true' }), true);
    assert.equal(isWoken({ ...old, uid: 'anew' }), true);
  });

  it('wakes the namespace of a Secret always, also when it is gone', () => {
    const { ports, news } = cluster();

    onPullSecret({ old: slimSecret(), new: undefined, initial: false }, ports);
    onPullSecret({ old: undefined, new: slimSecret(), initial: true }, ports);

    assert.deepEqual(news(), [
      ['team-a', NORMAL],
      ['team-a', LOW],
    ]);
  });
});

describe("a change of a Secret in the operator's namespace", () => {
  /** Cluster credentials `a` and `b`; `a` alone reads `login`. */
  function reading() {
    const { ports, clusterKind, news } = cluster('a', 'b');
    clusterKind.put(clusterCredential({ name: 'a' }));
    clusterKind.put(clusterCredential({ name: 'b' }));
    const inputSecretsOf = ({ name }: Credential): readonly string[] => (name === 'a' ? ['login'] : ['other']);
    const storedFor = ({ name }: SlimSecret): string | undefined => (name === 'stored-b' ? 'b' : undefined);
    return { ports: { ...ports, inputSecretsOf, storedFor }, news };
  }

  it('wakes the credentials that read it, whether it comes, changes or goes', () => {
    const { ports, news } = reading();
    const login = slimSecret({ namespace: INSTALLATION, name: 'login' });

    onInput({ old: undefined, new: login, initial: false }, ports);
    onInput({ old: login, new: undefined, initial: false }, ports);

    const woken = ['ClusterRegistryCredential/a', NORMAL];
    assert.deepEqual(news(), [woken, woken]);
  });

  it('wakes the credential that it stores a token of, and nobody who reads', () => {
    const { ports, news } = reading();

    onInput({ old: undefined, new: slimSecret({ namespace: INSTALLATION, name: 'stored-b' }), initial: false }, ports);

    assert.deepEqual(news(), [['ClusterRegistryCredential/b', NORMAL]]);
  });

  it('wakes nobody where nobody reads it', () => {
    const { ports, news } = reading();

    onInput({ old: undefined, new: slimSecret({ namespace: INSTALLATION, name: 'else' }), initial: false }, ports);

    assert.deepEqual(news(), []);
  });
});
