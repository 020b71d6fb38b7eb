import assert from 'node:assert/strict';
import { failureReasons, issueFailure } from '../../../src/api/reasons.ts';
import { KubeError } from '../../../src/kube/client.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { BoundProvider, IssueResult, RegistryToken } from '../../../src/providers/provider.ts';
import { issue, issueIsDue } from '../../../src/reconcile/credential/issue.ts';
import type { Held } from '../../../src/reconcile/credential/tokens.ts';
import type { Credential } from '../../../src/reconcile/credential.ts';
import type { CredentialPorts } from '../../../src/reconcile/credential/ports.ts';
import { createExchanges } from '../../../src/reconcile/credential/exchanges.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { heldEntry, held as heldWith, NOW } from '../../support/facts.ts';
import { ALL_PERMITTED, clusterCredential, tenantCredential } from '../../support/gen.ts';

const HOUR_MS = 3_600_000;
const HOST = 'registry.example.com';

function token(change: Partial<RegistryToken> = {}): RegistryToken {
  return {
    kind: 'token',
    prefixes: [HOST],
    username: 'bot',
    password: sensitive('secret'),
    expiresAt: new Date(NOW.getTime() + HOUR_MS),
    expirySource: 'response',
    principal: 'role-1',
    ...change,
  };
}

const unavailable = issueFailure('ProviderUnavailable', [HOST], { provider: 'ecr', status: '503', at: '' });

interface World {
  readonly ports: CredentialPorts;
  readonly clock: FakeClock;
  inputVersion: string;
}

/** A provider that answers so; "throws" when it is an Error; undefined: this operator does not have it. */
function world(
  answer: readonly IssueResult[] | Error | undefined,
  refs: ReturnType<BoundProvider['inputs']> = {},
): World {
  const clock = fakeClock(NOW.getTime());
  const isOffline =
    Array.isArray(answer) && answer.some((one: IssueResult) => one.kind === 'token' && one.expiresAt === null);
  const bound: BoundProvider = {
    offline: isOffline,
    groups: () => undefined,
    inputs: () => refs,
    issue: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? [])),
  };
  const state = { inputVersion: '1', clock };
  const ports = {
    clock,
    logger: silentLogger,
    metrics: { exchanged: () => undefined, skewed: () => undefined },
    permissions: ALL_PERMITTED,
    bind: () => (answer === undefined ? undefined : bound),
    inputVersion: () => state.inputVersion,
    client: { get: () => Promise.reject(new KubeError({ kind: 'Unavailable', status: 500, request: 'get' })) },
    outside: {},
    issueDeadlineMs: 30_000,
    configuration: '',
    due: new Map(),
    exchanges: createExchanges({ clock, wake: () => undefined, inflight: () => undefined }),
    verifier: { verify: () => Promise.resolve(undefined) },
  } as unknown as CredentialPorts;
  return Object.assign(state, { ports });
}

const icr = { registries: [{ prefix: HOST }, { prefix: 'long.example.com' }], auth: { apiKey: {} } };
const CLOUD = { spec: { provider: { icr } } };

/** The answer is asked for until it is there. */
async function issued(
  { ports }: World,
  { credential = clusterCredential(CLOUD), before }: { credential?: Credential; before?: Held } = {},
): Promise<Held> {
  const due = { sinceMs: ports.clock.monotonicMs(), edition: credential.edition, isChange: true, isForced: false };
  const context = { signal: new AbortController().signal, runId: 'test' };
  return eventually(async () => {
    const { waiting, held } = await issue(credential, before, due, ports, context);
    return waiting ? undefined : held;
  });
}

/** The same when its tokens are due to be refreshed. */
function aged(held: Held): Held {
  const refreshFrom = new Date(NOW.getTime() - HOUR_MS);
  return { ...held, entries: new Map([...held.entries].map(([key, entry]) => [key, { ...entry, refreshFrom }])) };
}

describe('issue', () => {
  it('holds what came back, and plans the next issue within 0.4 and 0.5 of the life', async () => {
    const one = world([token()]);

    const held = await issued(one);

    assert.deepEqual(held.failures, []);
    assert.equal(held.entries.get(HOST)?.principal, 'role-1');
    const nextMs = (held.issueAgainAt ?? 0) - one.clock.monotonicMs();
    assert.ok(nextMs > 0.4 * HOUR_MS - 1 && nextMs <= 0.5 * HOUR_MS);
    assert.equal(held.nextRefreshTime?.getTime(), NOW.getTime() + nextMs);
  });

  it('plans by the token that ends first', async () => {
    const long = token({ prefixes: ['long.example.com'], expiresAt: new Date(NOW.getTime() + 12 * HOUR_MS) });

    const held = await issued(world([long, token()]));

    assert.ok((held.nextRefreshTime?.getTime() ?? Infinity) <= NOW.getTime() + 0.5 * HOUR_MS);
  });

  it('plans nothing for a static login of a cluster credential: its source is watched; that of a tenant is read again', async () => {
    const login = token({ expiresAt: null, expirySource: 'none' });

    assert.equal((await issued(world([login]))).issueAgainAt, undefined);
    const held = await issued(world([login]), { credential: tenantCredential(CLOUD) });
    assert.ok((held.issueAgainAt ?? 0) >= 4 * 60_000 && (held.issueAgainAt ?? Infinity) < 6 * 60_000);
    assert.equal(held.nextRefreshTime, undefined);
  });

  it('keeps the last good login of a prefix that fails, counts the tries, and starts anew after a success', async () => {
    const before = heldWith([heldEntry(HOST)]);

    const first = await issued(world([unavailable]), { before });
    const second = await issued(world([unavailable]), { before: first });

    assert.equal(second.entries.get(HOST), before.entries.get(HOST));
    assert.deepEqual([first.attempt, second.attempt], [1, 2]);
    assert.equal((await issued(world([token()]), { before: second })).attempt, 0);
  });

  it('tries again after every reason that no change will mend, never in less than a second', async () => {
    for (const reason of failureReasons()) {
      const failure = { ...unavailable, reason };
      const { issueAgainAt } = await issued(world([failure]));
      assert.ok(issueAgainAt === undefined || issueAgainAt >= 1000, reason);
      const ofTenant = await issued(world([failure]), { credential: tenantCredential(CLOUD) });
      assert.ok((ofTenant.issueAgainAt ?? 0) >= 1000, `${reason}: nobody watches a tenant's inputs`);
    }
  });

  it('F17: a provider that throws is InternalError, its message is told to nobody', async () => {
    const held = await issued(world(new TypeError('CANARY')));

    assert.equal(held.failures[0]?.reason, 'InternalError');
    assert.equal(held.failures[0].facts['name'], 'TypeError');
    assert.ok(!JSON.stringify(held.failures).includes('CANARY'));
  });

  it('says so when this operator has no such provider', async () => {
    assert.equal((await issued(world(undefined))).failures[0]?.reason, 'ProviderNotAvailable');
  });

  it('throws what the API server can not answer now: nothing is held of it', async () => {
    const { ports } = world([token()], { config: { kind: 'DockerConfig', name: 'source' } });
    const due = { sinceMs: 0, edition: '', isChange: true, isForced: false };
    const context = { signal: new AbortController().signal, runId: 'test' };
    await assert.rejects(issue(clusterCredential(CLOUD), undefined, due, ports, context), { kind: 'Unavailable' });
  });

  for (const [what, change] of [
    ['an empty user name', { username: '' }],
    ['a colon in the user name', { username: 'a:b' }],
    ['a line feed in the user name', { username: 'a\nb' }],
    ['an empty password', { password: sensitive('') }],
    ['a NUL in the password', { password: sensitive('a\0b') }],
    ['half a surrogate in the password', { password: sensitive('a\ud800') }],
    ['a prefix that is none', { prefixes: ['HTTP://x y'] }],
  ] as const)
    it(`takes ${what} for no token`, async () => {
      const held = await issued(world([token(change)]));

      assert.equal(held.failures[0]?.reason, 'MalformedResponse');
      assert.equal(held.entries.size, 0);
    });

  it('collects warnings', async () => {
    const held = await issued(world([{ kind: 'warning', message: 'twice' }, token()]));

    assert.deepEqual(
      held.warnings.map(({ message }) => message),
      ['twice'],
    );
    assert.deepEqual(held.failures, []);
  });

  it('keeps the warnings of a token for as long as that token', async () => {
    const provider = { icr: { ...icr, registries: [{ prefix: HOST }] } };
    const credential = clusterCredential({ spec: { provider, verification: { mode: 'Off' } } });
    const first = await issued(world([{ kind: 'warning', message: 'odd' }, token()]), { credential });

    const kept = await issued(world(new Error('is not asked')), { credential, before: first });
    const failed = await issued(world([unavailable]), { credential, before: aged(first) });
    const renewed = await issued(world([token()]), { credential, before: aged(first) });

    assert.deepEqual([kept.failures, failed.failures.length], [[], 1]);
    assert.deepEqual([kept.warnings, failed.warnings, renewed.warnings], [first.warnings, first.warnings, []]);
  });

  it('knows when the Secret ends that tokens are asked for with, and warns of an end that is no time', async () => {
    const endsAt = new Date(NOW.getTime() + HOUR_MS);
    const secretWith = (end: string) => ({
      metadata: {
        name: 'key',
        labels: { 'regcred.dev/input': 'true' },
        annotations: { 'regcred.dev/expires-at': end },
      },
      data: { apikey: Buffer.from('an-api-key').toString('base64') },
    });
    const heldAfter = (end: string): Promise<Held> => {
      const asked = world([token()], { apiKey: { kind: 'SecretKey', name: 'key', key: 'apikey' } });
      const client = { get: () => Promise.resolve(secretWith(end)) } as unknown as CredentialPorts['client'];
      return issued(Object.assign(asked, { ports: { ...asked.ports, client } }));
    };

    assert.deepEqual((await heldAfter(endsAt.toISOString())).sourceEndsAt, endsAt);
    assert.match((await heldAfter('tomorrow')).warnings[0]?.message ?? '', /of Secret "key" is no RFC 3339 time/);
  });
});

describe('issueIsDue', () => {
  const refs = { password: { kind: 'SecretKey', name: 'source', key: 'password' } } as const;
  const credential = clusterCredential();
  const madeFor = (change: Partial<NonNullable<Held['madeFor']>> = {}) =>
    heldWith([], {
      madeFor: {
        edition: credential.edition,
        inputVersions: 'source 1',
        refreshRequest: undefined,
        ...change,
      },
    });

  it('is due without a token, for another edition, other inputs, and a new request', () => {
    const { ports } = world([], refs);

    assert.equal(issueIsDue(credential, madeFor(), ports) !== undefined, false);
    assert.equal(issueIsDue(credential, undefined, ports) !== undefined, true);
    assert.equal(issueIsDue(credential, madeFor({ edition: 'other' }), ports) !== undefined, true);
    assert.equal(issueIsDue(credential, madeFor({ inputVersions: 'source 0' }), ports) !== undefined, true);
    assert.equal(issueIsDue({ ...credential, refreshRequest: 'now' }, madeFor(), ports) !== undefined, true);
  });

  it('F40: is due when its time is over on the monotonic clock: a wall clock that jumps back does not stop it', () => {
    const { ports, clock } = world([], refs);
    const held = { ...madeFor(), issueAgainAt: clock.monotonicMs() + HOUR_MS };

    clock.jumpWallClock(-24 * HOUR_MS);
    assert.equal(issueIsDue(credential, held, ports) !== undefined, false);
    clock.advance(HOUR_MS);
    assert.equal(issueIsDue(credential, held, ports) !== undefined, true);
  });
});
