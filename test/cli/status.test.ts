import assert from 'node:assert/strict';
import { RESOURCE } from '../../src/api/names.ts';
import type { Rule } from '../../src/sandbox/rbac.ts';
import { startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import { describeClusterCommand } from './conformance.ts';
import { regcred } from './io.ts';

describeClusterCommand('status');

const spec = { provider: { static: { auth: { dockerConfig: { secretRef: { name: 'hub' } } } } } };
const condition = (type: string, status: string, reason: string, message = ''): object => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-11-22T12:00:00Z',
});
const ready = condition('Ready', 'True', 'Ready');
const failure = {
  name: 'team-b',
  reason: 'NameConflict',
  message: 'Secret "regcred-managed" exists and is not ours',
};
const good = {
  provider: 'static',
  conditions: [ready],
  namespaces: { selected: 2, synced: 2, failed: 0, summary: '2/2' },
};
const bad = {
  provider: 'static',
  conditions: [ready, condition('Synced', 'False', 'NameConflict', '1 of 2 namespaces')],
  namespaces: { selected: 2, synced: 1, failed: 1, summary: '1/2' },
  failures: [failure],
};

describe('regcred status', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.stop());

  const status = (...words: string[]) => regcred(['status', '--kubeconfig', cluster.kubeconfig(), ...words]);
  const putCluster = (name: string, written: object | undefined) =>
    cluster.put(RESOURCE.clusterRegistryCredentials, {
      metadata: { name },
      spec: { ...spec, namespaces: { names: ['*'] } },
      status: written,
    });
  const putLease = async (holderIdentity: string) => {
    await cluster.put(RESOURCE.namespaces, { metadata: { name: 'regcred-system' } });
    await cluster.put(RESOURCE.leases, {
      metadata: { name: 'regcred-operator', namespace: 'regcred-system' },
      spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: new Date().toISOString().replace('Z', '000Z') },
    });
  };
  const putTenant = async (namespace: string, written: object) => {
    await cluster.put(RESOURCE.namespaces, { metadata: { name: namespace } });
    await cluster.put(RESOURCE.registryCredentials, { metadata: { name: 'own', namespace }, spec, status: written });
  };

  it('shows both kinds in one table, exit code 0 when all is fine', async () => {
    await putLease('pod-1');
    await putCluster('hub', good);
    await putTenant('team-a', good);

    const { code, out, err } = await status();

    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(out, /^NAMESPACE +NAME +READY +REASON +PROVIDER +EXPIRES +NAMESPACES +AGE$/m);
    assert.match(out, /^- +cregcred\/hub +True +Ready +static +never +2\/2 +\d+s$/m);
    assert.match(out, /^team-a +regcred\/own +True /m);
  });

  it('lists what failed below the table, exit code 1', async () => {
    await putCluster('hub', bad);

    const { code, out } = await status();

    assert.equal(code, 1);
    assert.match(out, /^ {2}team-b: NameConflict: Secret "regcred-managed" exists and is not ours$/m);
  });

  it('needs action when there are credentials and nobody holds the Lease, exit code 1', async () => {
    await putLease('');
    await putCluster('hub', good);

    const { code, out } = await status();

    assert.equal(code, 1);
    assert.match(out, /^Operator: nobody holds its Lease in namespace regcred-system; does it run\?$/m);
  });

  it('asks for no Lease where the operator runs without one', async () => {
    await putCluster('hub', good);

    const environment = { REGCRED_LEADER_ELECT: 'false' };
    const { code, out } = await regcred(['status', '--kubeconfig', cluster.kubeconfig()], { environment });

    assert.equal(code, 0);
    assert.doesNotMatch(out, /Lease/);
  });

  it('says so when there is nothing', async () => {
    const { code, out } = await status();

    assert.equal(code, 0);
    assert.match(out, /^No credentials found\n/);
  });

  it('shows one namespace with -n, also to a tenant who may read nothing else', async () => {
    await putCluster('hub', bad);
    await putTenant('team-a', good);
    const rules: Rule[] = [
      { apiGroups: ['regcred.dev'], resources: ['registrycredentials'], verbs: ['list'], namespaces: ['team-a'] },
    ];

    const { code, out, err } = await regcred(['status', '--kubeconfig', cluster.kubeconfig(rules), '-n', 'team-a']);

    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(out, /regcred\/own/);
    assert.doesNotMatch(out, /cregcred\/hub/);
  });

  it('prints JSON with -o json, with the same exit code', async () => {
    await putCluster('hub', bad);

    const { code, out } = await status('-o', 'json');

    assert.equal(code, 1);
    const { credentials, fence } = JSON.parse(out) as { credentials: unknown[]; fence: { state: string } };
    assert.equal(fence.state, 'unknown');
    const { name: where, reason, message } = failure;
    assert.deepEqual((credentials[0] as { failures: unknown }).failures, [{ where, reason, message }]);
  });

  it('says how to install kinds that are missing, exit code 2', async () => {
    cluster.api.setServed('registrycredentials', false);
    cluster.api.setServed('clusterregistrycredentials', false);

    const { code, out, err } = await status();

    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(
      err,
      /^regcred: Cannot list clusterregistrycredentials: .*install it with: kubectl apply -k manifests\n/,
    );
  });

  it('F254: without rights it names verb, resource and the rule to add, exit code 2 and no stack trace', async () => {
    const { code, out, err } = await regcred(['status', '--kubeconfig', cluster.kubeconfig([])]);

    assert.equal(code, 2);
    assert.equal(out, '');
    const rule = (plural: string): string => `{apiGroups: ["regcred.dev"], resources: ["${plural}"], verbs: ["list"]}`;
    assert.deepEqual(
      err.trimEnd().split('\n'),
      ['clusterregistrycredentials', 'registrycredentials'].map(
        (plural) =>
          `regcred: Cannot list ${plural}: no permission (HTTP 403); add this rule to your role: ${rule(plural)}`,
      ),
    );
  });

  it('F254: shows what it may read when one kind is refused, and still says that it could not tell', async () => {
    await putTenant('team-a', good);
    const rules: Rule[] = [{ apiGroups: ['regcred.dev'], resources: ['registrycredentials'], verbs: ['list'] }];

    const { code, out, err } = await regcred(['status', '--kubeconfig', cluster.kubeconfig(rules)]);

    assert.equal(code, 2);
    assert.match(out, /regcred\/own/);
    assert.match(err, /^regcred: Cannot list clusterregistrycredentials: no permission [^\n]*\n$/);
  });

  it('F254: with the API server gone it is one line, exit code 2', async () => {
    const kubeconfig = cluster.kubeconfig();
    await cluster.api.stop();

    const { code, out, err } = await regcred(['status', '--kubeconfig', kubeconfig]);

    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /^regcred: Cannot reach the API server \(ECONNREFUSED\); check that the cluster runs[^\n]*\n$/);
  });

  it('F254: prints no Secret, whatever stands in the cluster', async () => {
    const canary = 'CANARY-7f3a';
    await putCluster('hub', good);
    await cluster.put(RESOURCE.namespaces, { metadata: { name: 'regcred-system' } });
    const data = { '.dockerconfigjson': Buffer.from(canary).toString('base64') };
    await cluster.put(RESOURCE.secrets, { metadata: { name: 'hub', namespace: 'regcred-system' }, data });

    const shown = await Promise.all([status(), status('-o', 'json')]);

    for (const { out, err } of shown) assert.doesNotMatch(out + err, /CANARY/);
  });
});
