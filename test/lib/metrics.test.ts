import assert from 'node:assert/strict';
import { createMetrics } from '../../src/lib/metrics.ts';
import { silentMetrics } from '../../src/lib/metrics-port.ts';
import type { Metrics } from '../../src/lib/metrics-port.ts';

/** The lines of one metric without its comments. */
async function series(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.render())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

/** name -> type. */
async function types(metrics: Metrics): Promise<Map<string, string>> {
  const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('# TYPE '));
  return new Map(lines.map((line) => line.split(' ').slice(2) as [string, string]));
}

describe('the metrics', () => {
  it('have the names and types that dashboards know', async () => {
    assert.deepEqual(Object.fromEntries(await types(createMetrics())), {
      controller_runtime_reconcile_total: 'counter',
      controller_runtime_reconcile_errors_total: 'counter',
      controller_runtime_terminal_reconcile_errors_total: 'counter',
      controller_runtime_reconcile_panics_total: 'counter',
      controller_runtime_reconcile_timeouts_total: 'counter',
      controller_runtime_reconcile_time_seconds: 'histogram',
      controller_runtime_max_concurrent_reconciles: 'gauge',
      controller_runtime_active_workers: 'gauge',
      workqueue_depth: 'gauge',
      workqueue_adds_total: 'counter',
      workqueue_retries_total: 'counter',
      workqueue_queue_duration_seconds: 'histogram',
      workqueue_work_duration_seconds: 'histogram',
      workqueue_unfinished_work_seconds: 'gauge',
      workqueue_longest_running_processor_seconds: 'gauge',
      rest_client_requests_total: 'counter',
      rest_client_request_duration_seconds: 'histogram',
      rest_client_request_retries_total: 'counter',
      leader_election_master_status: 'gauge',
      leader_election_slowpath_total: 'counter',
      regcred_token_refresh_total: 'counter',
      regcred_token_expiry_timestamp_seconds: 'gauge',
      regcred_sync_errors_total: 'counter',
      regcred_conflicts_total: 'counter',
      regcred_provider_inflight: 'gauge',
      regcred_provider_clock_skew_seconds: 'gauge',
      regcred_watch_restarts_total: 'counter',
      regcred_relists_total: 'counter',
      regcred_last_event_timestamp_seconds: 'gauge',
      regcred_store_objects: 'gauge',
      regcred_fence_present: 'gauge',
    });
  });

  it('start every result at 0', async () => {
    const metrics = createMetrics();
    metrics.maxConcurrent('namespace', 8);
    const results = await series(metrics, 'controller_runtime_reconcile_total');
    assert.equal(results.length, 4);
    assert.ok(results.every((line) => line.endsWith(' 0')));
    assert.equal((await series(metrics, 'controller_runtime_reconcile_panics_total')).length, 1);
  });

  it('count reconciles and errors', async () => {
    const metrics = createMetrics();
    metrics.reconcile('namespace', 'error', 0.3);
    metrics.reconcile('namespace', 'success', 0.3);
    assert.deepEqual(await series(metrics, 'controller_runtime_reconcile_errors_total'), [
      'controller_runtime_reconcile_errors_total{controller="namespace"} 1',
    ]);
    const buckets = await series(metrics, 'controller_runtime_reconcile_time_seconds_bucket');
    assert.equal(buckets.length, 40 + 1);
    assert.match(buckets[0]!, /le="0.005"/);
    assert.match(buckets[39]!, /le="60"/);
  });

  it('read the queue when they are scraped', async () => {
    const metrics = createMetrics();
    let adds = 5;
    const depth = new Map(Array.from({ length: 30 }, (_, priority) => [priority, 1]));
    const queue = metrics.queue('namespace');
    queue.observe(() => ({ depth, adds, retries: 1, unfinishedSeconds: 3, longestRunningSeconds: 2 }));
    adds = 6;
    await metrics.render();
    const labels = '{name="namespace",controller="namespace"}';
    assert.deepEqual(await series(metrics, 'workqueue_adds_total'), [`workqueue_adds_total${labels} 6`]);
    assert.equal((await series(metrics, 'workqueue_depth')).length, 25);
    assert.equal((await series(metrics, 'workqueue_queue_duration_seconds_bucket')).length, 12 + 1);
  });

  it('drop the series of a credential with it', async () => {
    const metrics = createMetrics();
    const credential = { kind: 'RegistryCredential', namespace: 'team-a', name: 'app' };
    metrics.tokenExpiry(credential, new Date(1_900_000_000_000));
    assert.deepEqual(await series(metrics, 'regcred_token_expiry_timestamp_seconds'), [
      'regcred_token_expiry_timestamp_seconds{kind="RegistryCredential",namespace="team-a",name="app"} 1900000000',
    ]);
    metrics.removeCredential(credential);
    assert.deepEqual(await series(metrics, 'regcred_token_expiry_timestamp_seconds'), []);
  });

  it('count everything else', async () => {
    const metrics = createMetrics();
    metrics.request({ method: 'PATCH', verb: 'PATCH', host: 'h:443', code: '200', seconds: 0.01 });
    metrics.requestRetry('429', 'PATCH', 'h:443');
    metrics.watchRestart('secrets', 'reset');
    metrics.relist('secrets', 'expired');
    metrics.lastEvent('secrets', new Date(5000));
    metrics.storeObjects('secrets', 7);
    metrics.leading('l', true);
    metrics.electionSlowPath('l');
    metrics.tokenRefresh('ecr', 'error');
    metrics.syncError('QuotaExceeded');
    metrics.conflict();
    metrics.providerInflight('ecr', 1);
    metrics.providerInflight('ecr', -1);
    metrics.providerClockSkew('ecr', -90);
    metrics.fencePresent(true);
    const text = await metrics.render();
    for (const line of [
      'rest_client_requests_total{code="200",method="PATCH",host="h:443"} 1',
      'rest_client_request_retries_total{code="429",verb="PATCH",host="h:443"} 1',
      'regcred_watch_restarts_total{resource="secrets",cause="reset"} 1',
      'regcred_relists_total{resource="secrets",cause="expired"} 1',
      'regcred_last_event_timestamp_seconds{resource="secrets"} 5',
      'regcred_store_objects{resource="secrets"} 7',
      'leader_election_master_status{name="l"} 1',
      'leader_election_slowpath_total{name="l"} 1',
      'regcred_token_refresh_total{provider="ecr",result="error"} 1',
      'regcred_token_refresh_total{provider="ecr",result="success"} 0',
      'regcred_sync_errors_total{reason="QuotaExceeded"} 1',
      'regcred_conflicts_total 1',
      'regcred_provider_inflight{provider="ecr"} 0',
      'regcred_provider_clock_skew_seconds{provider="ecr"} -90',
      'regcred_fence_present 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
  });

  it('can be silent', async () => {
    assert.deepEqual(Object.keys(silentMetrics).sort(), Object.keys(createMetrics()).sort());
    silentMetrics.queue('x').waited(1);
    assert.equal(await silentMetrics.render(), '');
  });
});
