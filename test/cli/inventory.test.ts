import assert from 'node:assert/strict';
import { DOCKER_CONFIG_TYPE, RESOURCE } from '../../src/api/names.ts';
import { configOf, withClient } from '../../src/cli/connect.ts';
import { readInventory } from '../../src/cli/inventory.ts';
import type { Inventory } from '../../src/cli/inventory.ts';
import { startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import { paperIo } from './io.ts';

describe('inventory', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
    for (const name of ['regcred-system', 'team-a']) await cluster.put(RESOURCE.namespaces, { metadata: { name } });
    await put('team-a', 'regcred-managed', DOCKER_CONFIG_TYPE);
    await put('team-a', 'other', DOCKER_CONFIG_TYPE);
    await put('regcred-system', 'regcred-managed', 'Opaque');
    await put('regcred-system', 'token-1', 'regcred.dev/token');
  });
  afterEach(() => cluster.stop());

  const put = (namespace: string, name: string, type: string) => {
    const data = type === DOCKER_CONFIG_TYPE ? { '.dockerconfigjson': Buffer.from('{}').toString('base64') } : {};
    return cluster.put(RESOURCE.secrets, { type, metadata: { name, namespace }, data });
  };
  const read = (flags: Readonly<Record<string, string>> = {}): Promise<Inventory> => {
    const { io } = paperIo();
    const config = configOf({ kubeconfig: cluster.kubeconfig(), ...flags }, io);
    return withClient(config, io, (client) => readInventory(client, config));
  };
  const namesOf = ({ stores }: Inventory): readonly string[] =>
    [...stores.secrets.values()].map(({ namespace, name }) => `${namespace}/${name}`).sort();

  it('holds pull Secrets of the permitted names and of the right type only', async () => {
    assert.deepEqual(namesOf(await read()), ['team-a/regcred-managed']);
  });

  it('asks by name, as RBAC by name allows', async () => {
    await read({ secretNames: 'regcred-managed,other', serviceAccountNames: 'builder' });

    const selectors = cluster.api.requests.map(({ resource, query }) => [resource, query['fieldSelector']].join(' '));
    for (const wanted of [
      'secrets metadata.name=regcred-managed',
      'secrets metadata.name=other',
      'serviceaccounts metadata.name=builder',
    ]) {
      assert.ok(selectors.includes(wanted), wanted);
    }
  });

  it('looks at every docker config where all names are permitted', async () => {
    assert.deepEqual(namesOf(await read({ secretNames: '*' })), ['team-a/other', 'team-a/regcred-managed']);
  });

  it('knows the saved tokens of the operator by their type', async () => {
    const { savedTokens } = await read();

    assert.deepEqual(
      savedTokens.map(({ name }) => name),
      ['token-1'],
    );
  });

  it('takes in what is read later, and forgets what is gone', async () => {
    const inventory = await read();
    const { body } = await cluster.get(RESOURCE.secrets, 'team-a', 'other');

    inventory.remember.secret(body);
    inventory.remember.secretGone('team-a', 'regcred-managed');

    assert.deepEqual(namesOf(inventory), ['team-a/other']);
  });
});
