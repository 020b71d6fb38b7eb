import assert from 'node:assert/strict';
import { missingAccess } from '../../src/cli/preflight.ts';
import { withClient } from '../../src/cli/connect.ts';
import { readConfig } from '../../src/config.ts';
import type { Rule } from '../../src/sandbox/rbac.ts';
import { startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import { paperIo } from './io.ts';

describe('preflight', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.stop());

  const check = (rules?: readonly Rule[], signal = new AbortController().signal) => {
    const config = readConfig({ kubeconfig: cluster.kubeconfig(rules) }, {});
    return withClient(config, paperIo().io, (client) => missingAccess(client, config, signal));
  };

  it('has nothing to say where everything may be read', async () => {
    assert.deepEqual(await check(), []);
  });

  it('gives the rule that is missing, with the names that the install permits', async () => {
    const readable = ['namespaces', 'serviceaccounts', 'registrycredentials', 'clusterregistrycredentials'];
    const rules: Rule[] = [{ apiGroups: ['', 'regcred.dev'], resources: readable, verbs: ['list'] }];

    const lines = await check(rules);

    assert.match(
      lines[0] ?? '',
      /^Cannot list secrets "regcred-managed": no permission \(HTTP 403\); .*\{apiGroups: \[""\], resources: \["secrets"\], resourceNames: \["regcred-managed"\], verbs: \["get", "list", "watch"\]\}$/,
    );
    assert.match(lines[1] ?? '', /^Cannot list secrets in namespace "regcred-system": no permission/);
    assert.equal(lines.length, 2);
  });

  it('asks whether --namespace is right before it asks for all Secrets of that namespace', async () => {
    const lines = await check([]);

    assert.deepEqual(
      lines.filter((line) => line.includes('--namespace')),
      [
        'Cannot list secrets in namespace "regcred-system": no permission (HTTP 403); is --namespace "regcred-system" the ' +
          "operator's own? If not, correct it; if so, add this rule to your role: " +
          '{apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"]}',
      ],
    );
  });

  it('says how to install kinds that are missing', async () => {
    cluster.api.setServed('registrycredentials', false);

    const lines = await check();

    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /install it with: kubectl apply -k manifests$/);
  });

  it('says once that the API server can not be reached', async () => {
    await cluster.api.stop();

    const lines = await check();

    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^Cannot reach the API server \(ECONNREFUSED\)/);
  });

  it('is silent when it is told to stop', async () => {
    assert.deepEqual(await check(undefined, AbortSignal.abort()), []);
  });
});
