import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { IssueFailure, IssueResult, RegistryToken } from '../../../src/providers/provider.ts';
import { createExchanges } from '../../../src/reconcile/credential/exchanges.ts';
import type { Answer, Ask, Exchanged } from '../../../src/reconcile/credential/exchanges.ts';
import type { CredentialKey } from '../../../src/reconcile/keys.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const token: RegistryToken = {
  kind: 'token',
  prefixes: ['a.example.com'],
  username: 'bot',
  password: sensitive('secret'),
  expiresAt: null,
  expirySource: 'none',
  principal: null,
};
const unavailable = issueFailure('ProviderUnavailable', [], { provider: 'ecr', status: '503', at: '' });
const throttled = issueFailure('Throttled', [], { provider: 'ecr' });

/** A call that is answered when the test says so. */
interface Call {
  readonly answer: (...results: readonly IssueResult[]) => void;
  readonly fail: (error: Error) => void;
  readonly signal: AbortSignal;
}

function setUp() {
  const clock = fakeClock();
  const woken: CredentialKey[] = [];
  const inflight: number[] = [];
  const calls: Call[] = [];
  const exchanges = createExchanges({
    clock,
    wake: (key) => void woken.push(key),
    inflight: (_provider, change) => void inflight.push(change),
  });
  const ask = (who: string, change: Partial<Ask> = {}): Answer =>
    exchanges.ask({
      key: 'identity',
      provider: 'ecr',
      endpoint: 'eu',
      home: 'team-a',
      uid: who,
      waiter: `ClusterRegistryCredential/${who}`,
      isGood: () => true,
      startsAnew: false,
      retryDelayMs: () => 1000,
      call: (signal) =>
        new Promise((resolve, reject) => {
          calls.push({ answer: (...results) => resolve(results), fail: reject, signal });
        }),
      ...change,
    });
  /** The next call that is made; those before it were answered. */
  const nextCall = async (): Promise<Call> => {
    await eventually(() => calls.length > 0);
    return calls.shift()!;
  };
  /** Asks, answers the call that follows, and waits until the asker is woken. */
  const exchange = async (results: readonly IssueResult[], change: Partial<Ask> = {}): Promise<void> => {
    ask('main', { isGood: () => false, ...change });
    (await nextCall()).answer(...results);
    await eventually(() => woken.length > 0);
    woken.length = 0;
  };
  return { clock, woken, inflight, calls, exchanges, ask, nextCall, exchange };
}

function known(answer: Answer): Exchanged {
  assert.ok(answer.kind === 'known', answer.kind);
  return answer.exchanged;
}

describe('the exchanges', () => {
  it('make one call for an identity, and wake everybody who asked meanwhile', async () => {
    const { ask, nextCall, calls, woken, inflight } = setUp();

    assert.deepEqual([ask('a').kind, ask('b').kind, ask('a').kind], ['waiting', 'waiting', 'waiting']);
    const call = await nextCall();
    assert.deepEqual(inflight, [1]);
    call.answer(token);

    await eventually(() => woken.length === 2);
    assert.deepEqual(woken.toSorted(), ['ClusterRegistryCredential/a', 'ClusterRegistryCredential/b']);
    assert.deepEqual(known(ask('b')).results, [token]);
    assert.deepEqual([calls.length, inflight], [0, [1, -1]]);
  });

  it('say when the call was begun and when it ended', async () => {
    const { ask, nextCall, clock, woken } = setUp();
    const [begunMs, sentAt] = [clock.monotonicMs(), clock.now()];
    ask('a');
    const call = await nextCall();
    clock.advance(3000);
    call.answer(token);
    await eventually(() => woken.length === 1);

    const exchanged = known(ask('a'));
    assert.deepEqual([exchanged.begunMs, exchanged.endedMs, exchanged.sentAt], [begunMs, begunMs + 3000, sentAt]);
    assert.equal(exchanged.retryAtMs, undefined);
  });

  it('call again for whom what is known is not good enough', async () => {
    const { ask, exchange, nextCall } = setUp();
    await exchange([token]);

    assert.equal(ask('a', { isGood: () => false }).kind, 'waiting');
    await nextCall();
  });

  it('keep identities apart', async () => {
    const { ask, exchange } = setUp();
    await exchange([token]);

    assert.equal(ask('a', { key: 'another' }).kind, 'waiting');
  });

  it('tell an error of the API server once, and ask anew after that', async () => {
    const { ask, nextCall, woken, inflight } = setUp();
    const error = new Error('no answer');
    ask('a');
    (await nextCall()).fail(error);
    await eventually(() => woken.length === 1);

    assert.deepEqual(ask('a'), { kind: 'thrown', error });
    assert.equal(ask('a').kind, 'waiting');
    await nextCall();
    assert.deepEqual(inflight, [1, -1, 1]);
  });

  it('count the failed calls in a row, until one succeeds or a change starts anew', async () => {
    const { exchange } = setUp();
    const attempts: number[] = [];
    const retryDelayMs = (_failure: IssueFailure, attempt: number): number => {
      attempts.push(attempt);
      return 1000;
    };

    await exchange([unavailable], { retryDelayMs });
    await exchange([unavailable], { retryDelayMs });
    await exchange([token], { retryDelayMs });
    await exchange([unavailable], { retryDelayMs });
    await exchange([unavailable], { retryDelayMs });
    await exchange([unavailable], { retryDelayMs, startsAnew: true });

    assert.deepEqual(attempts, [0, 1, 0, 1, 0]);
  });

  it('are tried again after the shortest delay of what failed; never where only a change helps', async () => {
    const { ask, exchange, clock } = setUp();
    const delays = new Map<string, number | undefined>([
      [unavailable.reason, 5000],
      [throttled.reason, 2000],
    ]);

    await exchange([unavailable, throttled], { retryDelayMs: ({ reason }) => delays.get(reason) });
    assert.equal(known(ask('a')).retryAtMs, clock.monotonicMs() + 2000);
    await exchange([unavailable], { key: 'other', endpoint: 'us', retryDelayMs: () => undefined });
    assert.equal(known(ask('a', { key: 'other' })).retryAtMs, undefined);
  });

  it('F78: pause the identity that is throttled, for all who share it, and no other identity', async () => {
    const { ask, exchange, clock } = setUp();
    await exchange([throttled], { retryDelayMs: () => 60_000 });
    const forced = { isGood: () => false };

    const paused = known(ask('b', forced));
    assert.ok(paused.results[0]?.kind === 'failure' && paused.results[0].reason === 'Throttled');
    assert.equal(paused.retryAtMs, clock.monotonicMs() + 60_000);
    assert.equal(ask('c', { ...forced, key: 'other' }).kind, 'waiting');

    clock.advance(60_000);
    assert.equal(ask('b', forced).kind, 'waiting');
  });

  it('pause until the latest end that was asked for, however soon something else is due', async () => {
    const { ask, exchange, clock } = setUp();
    const denied = issueFailure('PermissionDenied', [], { id: 'it', host: 'a.example.com', grant: 'Reader' });
    const longer = issueFailure('Throttled', [], { provider: 'ecr' }, 60_000);
    const retryDelayMs = ({ retryAfterMs }: IssueFailure): number => retryAfterMs ?? 2000;
    await exchange([throttled, longer, denied], { retryDelayMs });
    clock.advance(2000);

    assert.equal(known(ask('a', { isGood: () => false })).retryAtMs, clock.monotonicMs() + 58_000);
  });

  it('forget what nobody shares any more', async () => {
    const { ask, exchange, exchanges } = setUp();
    await exchange([token]);
    ask('b');
    for (const uid of ['main', 'b']) exchanges.keep(uid, ['identity']);

    exchanges.keep('main', []);
    assert.equal(ask('b').kind, 'known');
    exchanges.keep('b', ['another']);
    assert.equal(ask('b').kind, 'waiting');
  });

  it('make no call for an identity that was forgotten while it waited for its turn', async () => {
    const { ask, nextCall, exchanges, calls, woken } = setUp();
    for (const who of ['1', '2', '3', '4', '5']) ask(who, { key: who });
    ask('late', { key: 'late' });
    exchanges.keep('late', ['late']);
    exchanges.keep('late', []);

    const first = await nextCall();
    await eventually(() => calls.length === 4);
    first.answer(token);
    await eventually(() => woken.includes('ClusterRegistryCredential/late'));
    assert.equal(calls.length, 4);
  });

  it('end what runs when they are stopped, wake nobody, and begin nothing more', async () => {
    const { ask, nextCall, exchanges, calls, woken, inflight } = setUp();
    ask('a');
    const call = await nextCall();

    exchanges.stop();
    assert.ok(call.signal.aborted);
    call.fail(new Error('aborted'));
    await eventually(() => inflight.length === 2);
    assert.equal(ask('b', { key: 'other' }).kind, 'waiting');
    await new Promise(setImmediate);
    assert.deepEqual([woken, calls], [[], []]);
  });
});

describe('a thousand credentials that expire in the same second', () => {
  it('F91: are renewed by one call an identity, within the limits, long before the end', async () => {
    const clock = fakeClock();
    const woken = new Set<CredentialKey>();
    const begunAtMs: number[] = [];
    const running = { now: 0, most: 0 };
    const exchanges = createExchanges({
      clock,
      wake: (key) => void woken.add(key),
      inflight: (_provider, change) => void (running.most = Math.max(running.most, (running.now += change))),
    });
    const call = async (): Promise<readonly IssueResult[]> => {
      begunAtMs.push(clock.monotonicMs());
      await new Promise<void>((resolve) => void clock.after(200, resolve));
      return [token];
    };

    for (let index = 0; index < 1000; index += 1) {
      const who = `one-${index}`;
      const answer = exchanges.ask({
        key: `identity ${index % 900}`,
        provider: 'ecr',
        endpoint: 'eu',
        home: `team-${index % 50}`,
        uid: who,
        waiter: `ClusterRegistryCredential/${who}`,
        isGood: () => true,
        startsAnew: false,
        retryDelayMs: () => 1000,
        call,
      });
      assert.equal(answer.kind, 'waiting');
    }
    for (let second = 0; second < 600 && woken.size < 1000; second += 1) await clock.advanceSlowly(1000);

    assert.equal(woken.size, 1000);
    assert.equal(begunAtMs.length, 900);
    assert.ok(running.most <= 5, `${running.most} calls at once`);
    begunAtMs.slice(10).forEach((at, index) => {
      assert.ok(at - (begunAtMs[index] ?? 0) >= 1000 - 1e-6, 'more than ten calls in a second');
    });
  });
});
