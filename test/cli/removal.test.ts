import assert from 'node:assert/strict';
import { ANNOTATION, DOCKER_CONFIG_TYPE, RESOURCE } from '../../src/api/names.ts';
import { configOf, withClient } from '../../src/cli/connect.ts';
import { readInventory } from '../../src/cli/inventory.ts';
import { planRemoval, remove } from '../../src/cli/removal.ts';
import type { RemovalPorts } from '../../src/cli/removal.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { pathOf } from '../../src/kube/paths.ts';
import { writeMarker } from '../../src/reconcile/marker.ts';
import { startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import { paperIo } from './io.ts';

const SECRET = 'regcred-managed';

describe('removal', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
    await cluster.put(RESOURCE.namespaces, { metadata: { name: 'regcred-system' } });
    const { metadata } = await cluster.put(RESOURCE.namespaces, { metadata: { name: 'team-a' } });
    const marker = writeMarker({
      installation: 'regcred-system',
      namespaceUid: metadata.uid,
      secretName: SECRET,
      adopted: false,
      by: [],
      hosts: new Map(),
      labels: new Map(),
      annotations: new Map(),
      records: new Map(),
    });
    await cluster.put(RESOURCE.secrets, {
      type: DOCKER_CONFIG_TYPE,
      metadata: { name: SECRET, namespace: 'team-a', annotations: { [ANNOTATION.managed]: marker } },
      data: { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') },
    });
    await cluster.put(RESOURCE.serviceAccounts, {
      metadata: { name: 'default', namespace: 'team-a', annotations: { [ANNOTATION.pullSecrets]: `["${SECRET}"]` } },
      imagePullSecrets: [{ name: SECRET }],
    });
  });
  afterEach(() => cluster.stop());

  /** Runs on team-a; `before` comes ahead of each patch, when everything is decided. */
  function onTeamA<T>(use: (ports: RemovalPorts) => Promise<T>, before: () => Promise<void> = () => Promise.resolve()) {
    const { io } = paperIo();
    const config = configOf({ kubeconfig: cluster.kubeconfig() }, io);
    return withClient(config, io, async (real) => {
      const client: KubeClient = {
        ...real,
        patch: async (...call) => {
          await before();
          return real.patch(...call);
        },
      };
      const inventory = await readInventory(client, config);
      const { namespace: installation, secretNames } = config;
      return use({ ...inventory, client, clock: io.clock, installation, secretNames });
    });
  }
  const teamA = ({ stores }: RemovalPorts) => stores.namespaces.get('team-a')!;
  const addEntry = async (name: string): Promise<void> => {
    const path = pathOf({ resource: RESOURCE.serviceAccounts, namespace: 'team-a', name: 'default' });
    const body: unknown = (await cluster.admin.get(path)).body;
    const entries = (body as { imagePullSecrets?: object[] }).imagePullSecrets ?? [];
    await cluster.admin.merge(path, { imagePullSecrets: [...entries, { name }] });
  };

  it('plans the entry before the Secret', async () => {
    const actions = await onTeamA((ports) => planRemoval(teamA(ports), ports));

    assert.deepEqual(
      actions.map(({ kind }) => kind),
      ['SetEntries', 'DeleteSecret'],
    );
  });

  it('F252: keeps an entry that a user adds between our read and our write', async () => {
    let added = 0;
    const addOnce = async (): Promise<void> => {
      if (added++ === 0) await addEntry('mine');
    };

    const problems = await onTeamA((ports) => remove(teamA(ports), ports), addOnce);

    assert.deepEqual(problems, []);
    const { body } = await cluster.get(RESOURCE.serviceAccounts, 'team-a', 'default');
    assert.deepEqual((body as { imagePullSecrets: unknown }).imagePullSecrets, [{ name: 'mine' }]);
    assert.equal((await cluster.get(RESOURCE.secrets, 'team-a', SECRET)).code, 404);
  });

  it('gives up when the object changes before every try, and then leaves the Secret', async () => {
    let added = 0;

    const problems = await onTeamA(
      (ports) => remove(teamA(ports), ports),
      () => addEntry(`mine-${added++}`),
    );

    assert.deepEqual(problems, ['Namespace "team-a": changed 5 times meanwhile; run cleanup again']);
    assert.equal((await cluster.get(RESOURCE.secrets, 'team-a', SECRET)).code, 200);
  });

  it('has nothing to plan once it is done', async () => {
    const left = await onTeamA(async (ports) => {
      await remove(teamA(ports), ports);
      return planRemoval(teamA(ports), ports);
    });

    assert.deepEqual(left, []);
  });
});
