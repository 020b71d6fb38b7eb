import assert from 'node:assert/strict';
import { STORED_TOKEN_TYPE } from '../../../src/api/names.ts';
import { KubeError } from '../../../src/kube/client.ts';
import type { KubeClient, KubeErrorKind, KubeObject, ObjectRef, Seen } from '../../../src/kube/client.ts';
import { slimSecret } from '../../../src/kube/slim.ts';
import type { SlimSecret } from '../../../src/kube/slim.ts';
import { createStore, storeKey } from '../../../src/kube/store.ts';
import { createSavedTokens, credentialOfSaved, SAVED_PREFIX } from '../../../src/reconcile/credential/saved-tokens.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { held, heldEntry, NOW, SOON } from '../../support/facts.ts';
import { auth, clusterCredential, INSTALLATION, tenantCredential } from '../../support/gen.ts';

const PREFIX = 'de.icr.io';
const NAME = `${SAVED_PREFIX}main`;
const spec = { provider: { icr: { registries: [{ prefix: PREFIX }], auth: { apiKey: {} } } } };
const credential = clusterCredential({ spec });

/** What a credential holds, of which one login was asked for. */
function holding(password: string) {
  return held([heldEntry(PREFIX, { identity: 'i', expiresAt: SOON, entry: auth(password) })]);
}

/** The Secrets of the operator's namespace, as an API server keeps them. */
function cluster() {
  const objects = new Map<string, KubeObject>();
  const requests: string[] = [];
  const store = createStore<SlimSecret>();
  store.replace([]);
  let version = 0;
  let refusal: Error | undefined;
  const refuse = (): void => {
    if (refusal) throw refusal;
  };
  const put = (name: string, object: object): KubeObject => {
    version += 1;
    const metadata = { name, namespace: INSTALLATION, uid: `uid-${name}`, resourceVersion: String(version) };
    const stored = { ...object, metadata } as KubeObject;
    objects.set(name, stored);
    return stored;
  };
  const checked = ({ name }: ObjectRef, seen: Seen | undefined): KubeObject => {
    const found = objects.get(name);
    if (!found) throw error('NotFound');
    if (seen && seen.resourceVersion !== found.metadata.resourceVersion) throw error('Conflict');
    return found;
  };
  const answer = <Value>(request: string, value: () => Value): Promise<Value> => {
    requests.push(request);
    return Promise.resolve().then(value);
  };
  const client: Partial<KubeClient> = {
    get: (ref) => answer(`get ${ref.name}`, () => checked(ref, undefined)),
    create: (_resource, _namespace, body) => {
      const { metadata } = body as { metadata: { name: string } };
      return answer(`create ${metadata.name}`, () => (refuse(), put(metadata.name, body)));
    },
    patch: (ref, seen, body) =>
      answer(`patch ${ref.name}`, () => (refuse(), put(ref.name, { ...checked(ref, seen), ...body }))),
    delete: (ref, seen) => answer(`delete ${ref.name}`, () => void (checked(ref, seen), objects.delete(ref.name))),
  };
  /** As its event would. */
  const see = (object: KubeObject): void => store.put(slimSecret(object));
  return {
    client: client as KubeClient,
    store,
    objects,
    requests,
    refuse: (kind: KubeErrorKind | undefined) => void (refusal = kind && error(kind)),
    edit: (name: string, object: object) => see(put(name, { ...objects.get(name), ...object })),
  };
}

function error(kind: KubeErrorKind): KubeError {
  return new KubeError({ kind, status: 0, request: 'write' });
}

/** One life of the operator: what it remembers goes with it. */
function start({ client, store }: ReturnType<typeof cluster>) {
  const told = { discarded: 0, failed: 0 };
  let departure: 'departing' | 'gone' = 'departing';
  const saved = createSavedTokens({
    client,
    clock: fakeClock(NOW.getTime()),
    operatorNamespace: INSTALLATION,
    secrets: store,
    remember: (object) => {
      const secret = slimSecret(object);
      store.put(secret);
      return secret;
    },
    forget: (name) => store.remove(storeKey(INSTALLATION, name)),
    departed: { ask: () => Promise.resolve({ departure, waitMs: 5000 }) },
    discarded: () => void (told.discarded += 1),
    failed: () => void (told.failed += 1),
  });
  return { saved, told, depart: () => void (departure = 'gone') };
}

async function passwordsOf({ saved }: ReturnType<typeof start>, of: Credential = credential) {
  return (await saved.load(of, {}))?.map(({ entry }) => entry.password);
}

describe('a stored token', () => {
  it('is taken back after a restart, which then writes nothing', async () => {
    const world = cluster();
    assert.equal(await start(world).saved.save(credential, holding('token-1'), {}), undefined);
    world.requests.length = 0;

    const again = start(world);
    assert.deepEqual(await passwordsOf(again), ['token-1']);
    assert.equal(await again.saved.save(credential, holding('token-1'), {}), undefined);

    assert.deepEqual(world.requests, [`get ${NAME}`]);
    assert.equal(world.objects.get(NAME)?.['type'], STORED_TOKEN_TYPE);
  });

  it('costs no request where there is none', async () => {
    const world = cluster();

    assert.equal(await passwordsOf(start(world)), undefined);
    assert.deepEqual(world.requests, []);
  });

  it('is written when it differs, on the version that was seen', async () => {
    const world = cluster();
    const { saved } = start(world);
    for (const password of ['token-1', 'token-1', 'token-2', 'token-2'])
      await saved.save(credential, holding(password), {});

    assert.deepEqual(world.requests, [`create ${NAME}`, `patch ${NAME}`]);
    assert.deepEqual(await passwordsOf(start(world)), ['token-2']);
  });

  it('F26: is written again from memory when it is edited or deleted', async () => {
    const world = cluster();
    const { saved } = start(world);
    await saved.save(credential, holding('token-1'), {});

    world.edit(NAME, { data: {} });
    await saved.save(credential, holding('token-1'), {});
    world.objects.delete(NAME);
    world.store.remove(storeKey(INSTALLATION, NAME));
    await saved.save(credential, holding('token-1'), {});

    assert.deepEqual(world.requests, [`create ${NAME}`, `patch ${NAME}`, `create ${NAME}`]);
  });

  it('is kept of cluster credentials alone, and of what somebody was asked for', async () => {
    const world = cluster();
    const { saved } = start(world);

    await saved.save(tenantCredential({ spec }), holding('token-1'), {});
    await saved.save(credential, held([heldEntry(PREFIX)]), {});

    assert.deepEqual(world.requests, []);
  });

  for (const kind of ['Forbidden', 'QuotaExceeded', 'Unavailable', 'Conflict', 'AdmissionDenied'] as const)
    it(`F26: that can not be written (${kind}) is counted, and tried again in half a minute`, async () => {
      const world = cluster();
      const { saved, told } = start(world);
      world.refuse(kind);

      assert.equal(await saved.save(credential, holding('token-1'), {}), 30_000);
      assert.equal(told.failed, 1);
      world.refuse(undefined);
      assert.equal(await saved.save(credential, holding('token-1'), {}), undefined);
    });

  for (const kind of ['Fenced', 'Aborted'] as const)
    it(`ends the run where it was ${kind}: nothing more is written in it`, async () => {
      const world = cluster();
      const { saved, told } = start(world);
      world.refuse(kind);

      await assert.rejects(saved.save(credential, holding('token-1'), {}), { kind });
      assert.equal(told.failed, 0);
    });

  it('F23: that is broken is told of once, and read again when it changed', async () => {
    const world = cluster();
    await start(world).saved.save(credential, holding('token-1'), {});
    const good = world.objects.get(NAME)?.['data'];
    world.edit(NAME, { data: { token: Buffer.from('<html>').toString('base64') } });
    const again = start(world);

    assert.deepEqual([await passwordsOf(again), await passwordsOf(again)], [undefined, undefined]);
    assert.equal(again.told.discarded, 1);
    world.edit(NAME, { data: good });
    assert.deepEqual(await passwordsOf(again), ['token-1']);
  });

  it('F24: of a former object of the name is not used, which is no fault', async () => {
    const world = cluster();
    await start(world).saved.save(clusterCredential({ spec, uid: 'former' }), holding('token-1'), {});
    const again = start(world);

    assert.equal(await passwordsOf(again), undefined);
    assert.equal(again.told.discarded, 0);
  });

  it("is never written into somebody's Secret of that name, nor read from it", async () => {
    const world = cluster();
    world.edit(NAME, { type: 'Opaque', data: { token: 'dGhlaXJz' } });
    const { saved, told } = start(world);

    assert.equal(await saved.load(credential, {}), undefined);
    assert.equal(await saved.save(credential, holding('token-1'), {}), 30_000);
    assert.deepEqual(world.objects.get(NAME)?.['data'], { token: 'dGhlaXJz' });
    assert.deepEqual([told, world.requests], [{ discarded: 1, failed: 1 }, [`get ${NAME}`]]);
  });
});

describe('a stored token whose credential is not there', () => {
  async function stored() {
    const world = cluster();
    await start(world).saved.save(credential, holding('token-1'), {});
    world.requests.length = 0;
    return world;
  }

  it('stays until that is proven', async () => {
    const world = await stored();

    assert.equal(await start(world).saved.clean('main', {}), 5000);
    assert.ok(world.objects.has(NAME));
  });

  it('goes when its credential is gone', async () => {
    const world = await stored();
    const { saved, depart } = start(world);
    depart();

    assert.equal(await saved.clean('main', {}), undefined);
    assert.deepEqual([world.objects.size, world.store.size], [0, 0]);
  });

  it('is left alone where it is no stored token, or says that it is of another', async () => {
    const world = await stored();
    const { saved, depart } = start(world);
    depart();
    const copied = `${SAVED_PREFIX}copied`;
    world.edit(copied, { type: STORED_TOKEN_TYPE, data: world.objects.get(NAME)?.['data'] });
    world.edit(`${SAVED_PREFIX}theirs`, { type: 'Opaque' });

    for (const name of ['copied', 'theirs', 'nobody']) assert.equal(await saved.clean(name, {}), undefined);
    assert.deepEqual(world.requests, [`get ${copied}`]);
  });

  it('may be gone already', async () => {
    const world = await stored();
    world.objects.clear();

    assert.equal(await start(world).saved.clean('main', {}), undefined);
  });
});

describe('the name of a stored token', () => {
  it('tells whose it is', () => {
    assert.equal(credentialOfSaved({ name: NAME, type: STORED_TOKEN_TYPE }), 'main');
    assert.equal(credentialOfSaved({ name: NAME, type: 'Opaque' }), undefined);
    assert.equal(credentialOfSaved({ name: 'main', type: STORED_TOKEN_TYPE }), undefined);
  });
});
