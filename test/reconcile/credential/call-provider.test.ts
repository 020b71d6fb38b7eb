import assert from 'node:assert/strict';
import { KubeError } from '../../../src/kube/client.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { BoundProvider, IssueResult, RegistryToken } from '../../../src/providers/provider.ts';
import { callProvider, exchange } from '../../../src/reconcile/credential/call-provider.ts';
import type { CredentialPorts } from '../../../src/reconcile/credential/ports.ts';
import { createShare } from '../../../src/reconcile/credential/share.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { NOW, SOON } from '../../support/facts.ts';
import { ALL_PERMITTED, clusterCredential, INSTALLATION, tenantCredential } from '../../support/gen.ts';

const HOST = 'de.icr.io';
const credential = clusterCredential({
  spec: { provider: { icr: { registries: [{ prefix: HOST }], auth: { apiKey: {} } } } },
});
const token: RegistryToken = {
  kind: 'token',
  prefixes: [HOST],
  username: 'iambearer',
  password: sensitive('token'),
  expiresAt: SOON,
  expirySource: 'response',
  principal: null,
};

type Asked = Parameters<BoundProvider['issue']>;

/** A provider that answers so, or throws. */
function setUp(answer: readonly IssueResult[] | Error, isGrouped = false) {
  const asked: Asked[] = [];
  const lines: string[] = [];
  const counted: string[] = [];
  const requests: unknown[] = [];
  const turns: unknown[] = [];
  const bound: BoundProvider = {
    offline: false,
    inputs: () => ({}),
    groups: () => (isGrouped ? [{ prefixes: [HOST], scope: '' }] : undefined),
    issue: (...all) => {
      asked.push(all);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  const ports = {
    clock: fakeClock(NOW.getTime()),
    permissions: ALL_PERMITTED,
    client: {
      requestToken: (...request: readonly unknown[]) => {
        requests.push(request);
        return Promise.resolve({ status: { token: 'jwt', expirationTimestamp: SOON.toISOString() } });
      },
    },
    exchanges: {
      inTurn: (turn: unknown, make: () => Promise<unknown>) => {
        turns.push(turn);
        return make();
      },
    },
    outside: { fetch: globalThis.fetch },
    issueDeadlineMs: 60_000,
    logger: createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) }),
    metrics: { exchanged: (_provider: string, result: string) => counted.push(result), skewed: () => undefined },
  } as unknown as CredentialPorts;
  const { signal } = new AbortController();
  const tokens = [{ input: 'computeToken', name: 'puller', uid: 'u1', audience: 'iam' }];
  const home = { namespace: INSTALLATION, operatorNamespace: INSTALLATION };
  const inputs = {
    kind: 'inputs',
    values: {},
    fingerprints: {},
    tokens,
    home,
    endsAt: undefined,
    unreadableEnds: [],
  } as const;
  const group = { key: 'identity', prefixes: [HOST], scope: '', endpoint: 'iam' };
  const share = createShare(ports.clock);
  const call = () => callProvider(credential, bound, { group, inputs, share }, ports, signal);
  const tell = (of = credential) => exchange(of, bound, { values: {}, share }, ports, signal);
  return { asked, requests, turns, lines, counted, call, tell };
}

describe('a call of a provider', () => {
  it('says whose credential it is, by its home namespace', async () => {
    const { asked, tell } = setUp([token]);

    await tell();
    await tell(tenantCredential());

    assert.deepEqual(
      asked.map(([{ context }]) => context.credential.namespace),
      [INSTALLATION, 'team-a'],
    );
  });

  it('names the prefixes of its group where the provider has groups, else none', async () => {
    const [grouped, whole] = [setUp([token], true), setUp([token])];
    await grouped.call();
    await whole.call();

    assert.deepEqual([grouped.asked[0]?.[1], whole.asked[0]?.[1]], [[HOST], undefined]);
  });

  it('shares tokens of ServiceAccounts and steps of the provider with the other calls of its issue, in turns', async () => {
    const { asked, requests, turns, call } = setUp([token]);
    await Promise.all([call(), call(), call()]);
    let made = 0;
    const step = (endpoint?: string) => (parts: Asked) =>
      parts[0].context.share({ name: `at ${endpoint}`, ...(endpoint !== undefined && { endpoint }) }, () =>
        Promise.resolve((made += 1)),
      );

    assert.deepEqual(await Promise.all(asked.map(step('login'))), [1, 1, 1]);
    assert.deepEqual(await Promise.all(asked.map(step())), [2, 2, 2]);
    assert.deepEqual(turns, [{ endpoint: 'icr login', home: INSTALLATION }]);
    assert.equal(requests.length, 1);
  });

  it('that throws is a failure of ours, of which only the name is told', async () => {
    const { lines, tell } = setUp(new TypeError('token is CANARY'));

    const [result] = await tell();

    assert.ok(result?.kind === 'failure' && result.reason === 'InternalError');
    assert.match(lines.join(''), /TypeError/);
    assert.ok(!`${lines.join('')}${JSON.stringify(result)}`.includes('CANARY'));
  });

  it('that the API server could not answer fails the run', async () => {
    const { tell } = setUp(new KubeError({ kind: 'Unavailable', status: 503, request: 'get secrets' }));

    await assert.rejects(tell(), { kind: 'Unavailable' });
  });

  it('is counted as a success only where its tokens can be used', async () => {
    const [good, bad] = [setUp([token]), setUp([{ ...token, expiresAt: new Date(NOW.getTime() + 1000) }])];
    await good.call();
    await bad.call();

    assert.deepEqual([good.counted, bad.counted], [['success'], ['error']]);
  });
});
