import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLeaderElection } from '../../src/controller/leader-election.ts';
import type { LeaderElection } from '../../src/controller/leader-election.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { fakeClock } from '../support/fake-clock.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { LeaseServer, leaseError } from '../support/lease-server.ts';
import type { Fault } from '../support/lease-server.ts';

interface Replica {
  readonly election: LeaderElection;
  readonly clock: FakeClock;
  /** 'lost', 'released', or what it failed with. */
  outcome: string | undefined;
  /** What the callbacks said, in order. */
  readonly told: string[];
  readonly stop: AbortController;
  readonly lines: string[];
  readonly metrics: () => Promise<string>;
}

function start(server: LeaseServer, name: string, clock: FakeClock = fakeClock()): Replica {
  const metrics = createMetrics();
  const lines: string[] = [];
  const election = createLeaderElection({
    client: server.client(name),
    namespace: 'regcred-system',
    name: 'regcred-operator',
    identity: name,
    clock,
    logger: createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) }),
    metrics,
    random: () => 0.5,
  });
  const told: string[] = [];
  const stop = new AbortController();
  const replica: Replica = { election, clock, outcome: undefined, told, stop, lines, metrics: () => metrics.render() };
  const callbacks = { onStartedLeading: () => told.push('started'), onStoppedLeading: () => told.push('stopped') };
  election.run(stop.signal, callbacks).then(
    (outcome) => (replica.outcome = outcome),
    (error: unknown) => (replica.outcome = (error as Error).message),
  );
  return replica;
}

/** Moves the replicas' clocks together, so finely that their calls meet. */
async function pass(ms: number, ...clocks: readonly FakeClock[]): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 200) {
    for (const clock of new Set(clocks)) await clock.advanceSlowly(Math.min(200, ms - passedMs));
  }
}

const DOWN: Fault = (verb) => {
  throw leaseError('Unreachable', verb, 0);
};

describe('leader election', () => {
  it('creates the Lease and leads', async () => {
    const server = new LeaseServer();
    const { election, told, clock } = start(server, 'a');
    await pass(0, clock);
    await clock.advanceSlowly(0);
    assert.deepEqual(told, ['started']);
    assert.ok(election.isLeader() && election.mayWrite() && election.healthy());
    assert.deepEqual(server.spec, {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      renewTime: '2030-01-01T00:00:00.000000Z',
      acquireTime: '2030-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it('renews every two seconds by one PUT without a GET', async () => {
    const server = new LeaseServer();
    const { clock, election, metrics } = start(server, 'a');
    await pass(60_000, clock);
    assert.deepEqual(server.calls.slice(0, 4), ['a get', 'a create', 'a update', 'a update']);
    assert.equal(server.calls.length, 2 + 30);
    assert.equal(server.spec['leaseTransitions'], 0);
    assert.equal(server.spec['renewTime'], '2030-01-01T00:01:00.000000Z');
    assert.ok(election.mayWrite());
    assert.match(await metrics(), /leader_election_slowpath_total\{name="regcred-operator"\} 0/);
  });

  it('reads the Lease when somebody else touched it, and goes on leading', async () => {
    const server = new LeaseServer();
    const { clock, election, metrics } = start(server, 'a');
    await pass(4000, clock);
    server.edit({ strategy: 'x' });
    await pass(2000, clock);
    assert.ok(election.mayWrite());
    assert.equal(server.spec['strategy'], 'x');
    assert.match(await metrics(), /leader_election_slowpath_total\{name="regcred-operator"\} 1/);
  });

  it('gives the Lease back so that the next replica leads within 4.4 seconds', async () => {
    const server = new LeaseServer();
    const clock = fakeClock();
    const first = start(server, 'a', clock);
    await pass(4000, clock);
    const second = start(server, 'b', clock);
    await pass(4000, clock);
    await first.election.release();
    assert.equal(first.outcome, 'released');
    assert.deepEqual(first.told, ['started', 'stopped']);
    assert.equal(server.spec['holderIdentity'], '');
    assert.equal(server.spec['leaseDurationSeconds'], 1);
    await pass(4400, clock);
    assert.ok(second.election.isLeader() && !first.election.mayWrite());
    assert.equal(server.spec['leaseTransitions'], 1);
  });

  it('tries the release again after a conflict, and leaves a Lease alone that is no longer its own', async () => {
    const server = new LeaseServer();
    const { clock, stop } = start(server, 'a');
    await pass(1000, clock);
    let conflicts = 0;
    server.fault = (verb) => {
      if (verb === 'update' && conflicts++ === 0) server.edit({ strategy: 'x' });
    };
    stop.abort();
    await pass(1000, clock);
    assert.equal(server.spec['holderIdentity'], '');

    const other = new LeaseServer();
    const leader = start(other, 'a');
    await pass(1000, leader.clock);
    other.edit({ holderIdentity: 'b' });
    await leader.election.release();
    assert.equal(leader.outcome, 'released');
    assert.equal(other.spec['holderIdentity'], 'b');
  });

  it('ends at once when it is stopped before it leads', async () => {
    const server = new LeaseServer();
    const first = start(server, 'a');
    await pass(1000, first.clock);
    const second = start(server, 'b', first.clock);
    await pass(1000, first.clock);
    await second.election.release();
    assert.equal(second.outcome, 'released');
    assert.deepEqual(second.told, []);
    assert.equal(server.spec['holderIdentity'], 'a');
  });

  it('gives back a Lease that it won after it was stopped, and never leads', async () => {
    const server = new LeaseServer();
    const answer = Promise.withResolvers<undefined>();
    server.fault = (verb) => (verb === 'create' ? answer.promise : undefined);
    const { election, told, clock } = start(server, 'a');
    await clock.advanceSlowly(100);
    const released = election.release();
    await clock.advanceSlowly(0);

    answer.resolve(undefined);
    await clock.advanceSlowly(0);
    await released;

    assert.deepEqual(told, []);
    assert.equal(server.spec['holderIdentity'], '');
  });

  it('F13: lets another replica lead at most one lease duration after a kill', async () => {
    const server = new LeaseServer();
    const killed = start(server, 'a');
    const clock = fakeClock();
    const second = start(server, 'b', clock);
    await pass(10_000, killed.clock, clock); // from here on the clock of the killed one stands still
    await pass(15_000 + 4400, clock);
    assert.ok(second.election.isLeader());
    assert.equal(server.spec['leaseTransitions'], 1);
  });

  it('F13: waits out the lease when the kill came between the release and its answer', async () => {
    const server = new LeaseServer();
    const killed = start(server, 'a');
    await pass(4000, killed.clock);
    server.fault = (verb, who) => (who === 'a' && verb === 'update' ? new Promise(() => undefined) : undefined);
    killed.stop.abort();
    const second = start(server, 'b');
    await pass(15_000 + 4400, second.clock);
    assert.ok(second.election.isLeader() && !killed.election.mayWrite());
  });

  it('F33: makes exactly one leader of two replicas that start together', async () => {
    const server = new LeaseServer();
    const clock = fakeClock();
    const replicas = [start(server, 'a', clock), start(server, 'b', clock)];
    await pass(30_000, clock);
    assert.equal(replicas.filter(({ election }) => election.isLeader()).length, 1);
    const loser = replicas.find(({ election }) => !election.isLeader())!;
    assert.deepEqual(loser.told, []);
    assert.match(await loser.metrics(), /leader_election_master_status\{name="regcred-operator"\} 0/);
    assert.equal(server.spec['leaseTransitions'], 0);
  });

  it('F35: leaves one leader when a stopped one wakes up and believes it leads', async () => {
    const server = new LeaseServer();
    const stopped = start(server, 'a');
    const second = start(server, 'b');
    await pass(4000, stopped.clock, second.clock);
    await pass(20_000, second.clock);
    assert.ok(second.election.mayWrite());

    await pass(2000, stopped.clock); // its clock knows nothing of the stop: the fence alone would let it write
    assert.equal(stopped.outcome, 'lost');
    assert.ok(!stopped.election.mayWrite() && second.election.mayWrite());
  });

  it('F35: never lets two replicas write at once, whatever calls fail, hang or are late', async () => {
    const fault = fc.record({
      replica: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('down', 'hang', 'well', 'well'),
      lastsMs: fc.integer({ min: 1, max: 40 }).map((half) => half * 500),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 5 }), async (faults) => {
        const server = new LeaseServer();
        const clock = fakeClock();
        const replicas = ['a', 'b', 'c'].map((name) => start(server, name, clock));
        for (const { replica, kind, lastsMs } of faults) {
          server.fault = (verb, who) => {
            if (who !== replica || kind === 'well') return;
            if (kind === 'down') return DOWN(verb, who);
            return new Promise((resolve) => clock.after(7000, resolve));
          };
          for (let passedMs = 0; passedMs < lastsMs; passedMs += 500) {
            await clock.advanceSlowly(500);
            assert.ok(replicas.filter(({ election }) => election.mayWrite()).length <= 1);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('F36: stops at the renew deadline when the API server is out of reach, before the lease ends', async () => {
    const server = new LeaseServer();
    const { election, clock, told } = start(server, 'a');
    const second = start(server, 'b');
    await pass(4000, clock, second.clock);
    server.fault = (verb, who) => (who === 'a' ? DOWN(verb, who) : undefined);
    await pass(9800, clock, second.clock);
    assert.ok(election.isLeader() && election.mayWrite());
    await pass(400, clock, second.clock);
    assert.ok(!election.isLeader() && !election.mayWrite() && !second.election.isLeader());
    assert.deepEqual(told, ['started', 'stopped']);
    await pass(9000, second.clock);
    assert.ok(second.election.isLeader());
  });

  it('F36: stops at the renew deadline also when the calls hang', async () => {
    const server = new LeaseServer();
    const leader = start(server, 'a');
    await pass(4000, leader.clock);
    server.fault = () => new Promise(() => undefined);
    await pass(10_000, leader.clock);
    assert.equal(leader.outcome, 'lost');
    assert.equal(leader.lines.filter((line) => line.includes('Cannot renew')).length, 1);
  });

  it('F36: asks the fence by the clock, not by a timer that a stalled event loop holds up', async () => {
    const server = new LeaseServer();
    const { election, clock } = start(server, 'a');
    await pass(4000, clock);
    server.fault = () => new Promise(() => undefined);
    clock.advance(9999);
    assert.ok(election.mayWrite());
    clock.advance(1);
    assert.ok(!election.mayWrite());
  });

  it('F38: makes a deleted Lease again within the retry period and goes on leading', async () => {
    const server = new LeaseServer();
    const { election, clock, told } = start(server, 'a');
    await pass(4000, clock);
    server.lease = undefined;
    await pass(2000, clock);
    assert.equal(server.spec['holderIdentity'], 'a');
    assert.ok(election.mayWrite());
    assert.deepEqual(told, ['started']);
  });

  it('F38: steps down at once when the holder was overwritten', async () => {
    const server = new LeaseServer();
    const leader = start(server, 'a');
    await pass(4000, leader.clock);
    server.edit({ holderIdentity: 'somebody' });
    await pass(2000, leader.clock);
    assert.equal(leader.outcome, 'lost');
    assert.ok(!leader.election.mayWrite());
    assert.equal(server.spec['holderIdentity'], 'somebody');
  });

  for (const renewTime of ['2031-01-01T00:00:00.000000Z', '2000-01-01T00:00:00.000000Z', null, 'garbage', 7]) {
    it(`F39: judges a Lease with the renewTime ${String(renewTime)} by what changes here`, async () => {
      const server = new LeaseServer();
      const gone = start(server, 'a');
      await pass(1000, gone.clock);
      server.edit({ renewTime });
      const second = start(server, 'b');
      await pass(14_000, second.clock);
      assert.ok(!second.election.isLeader());
      await pass(1000 + 4400, second.clock);
      assert.ok(second.election.isLeader());
    });
  }

  it('F39: does not flap between replicas whose clocks are an hour apart', async () => {
    const server = new LeaseServer();
    const first = start(server, 'a');
    await pass(1000, first.clock);
    const second = start(server, 'b', fakeClock(Date.parse('2030-01-01T01:00:00Z')));
    await pass(60_000, first.clock, second.clock);
    assert.ok(first.election.isLeader() && !second.election.isLeader());
    assert.equal(server.spec['leaseTransitions'], 0);
  });

  const garbage = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0, 1e300, NaN, 2 ** 31 - 1, '', 'x'));
  it('F39: takes over after one full duration, whatever the Lease says, and never fails', async () => {
    const spec = fc.record({ leaseDurationSeconds: garbage, leaseTransitions: garbage, acquireTime: garbage });
    await fc.assert(
      fc.asyncProperty(spec, garbage, async (fields, renewTime) => {
        const server = new LeaseServer();
        await server.client('x').create(undefined as never, '', { metadata: {}, spec: {} });
        server.edit({ holderIdentity: 'x', renewTime, ...fields });
        const durationMs = Math.max(15, within600(fields.leaseDurationSeconds)) * 1000;
        const { election, clock, outcome } = start(server, 'a');
        await clock.advanceSlowly(durationMs - 1000);
        assert.ok(!election.isLeader());
        await clock.advanceSlowly(1000 + 4400);
        assert.ok(election.isLeader());
        assert.equal(outcome, undefined);
        assert.ok(Number.isInteger(server.spec['leaseTransitions']));
      }),
      { numRuns: 40 },
    );
  });

  it('F40: renews by the monotonic clock when the wall clock jumps', async () => {
    const server = new LeaseServer();
    const { election, clock, told } = start(server, 'a');
    await pass(1000, clock);
    for (const jumpMs of [2 * 3_600_000, -24 * 3_600_000]) {
      clock.jumpWallClock(jumpMs);
      const before = server.calls.length;
      await pass(20_000, clock);
      assert.equal(server.calls.length - before, 10);
      assert.ok(election.mayWrite());
    }
    assert.deepEqual(told, ['started']);
  });

  it('F41: names verb, resource and rule when the Lease is forbidden', async () => {
    const server = new LeaseServer();
    server.fault = (verb) => {
      if (verb === 'create') throw leaseError('Forbidden', verb, 403);
    };
    const replica = start(server, 'a');
    await pass(1000, replica.clock);
    assert.equal(
      replica.outcome,
      'Cannot create leases "regcred-operator" in namespace "regcred-system": Forbidden (HTTP 403); add a rule with ' +
        'apiGroups ["coordination.k8s.io"], resources ["leases"], verbs ["get", "create", "update"] to the operator\'s ' +
        'Role in namespace "regcred-system"; if it lives elsewhere, set --namespace',
    );
    assert.deepEqual(replica.told, []);
  });

  for (const [busyMs, outcome] of [
    [8000, undefined],
    [12_000, 'lost'],
  ] as const) {
    it(`F41: ${outcome ? 'steps down' : 'keeps leading'} when writes of the Lease get 429 for ${busyMs} ms`, async () => {
      const server = new LeaseServer();
      const leader = start(server, 'a');
      await pass(4000, leader.clock);
      server.fault = (verb) => {
        if (verb === 'update') throw leaseError('TooManyRequests', verb, 429);
      };
      await pass(busyMs, leader.clock);
      server.fault = () => undefined;
      await pass(4000, leader.clock);
      assert.equal(leader.outcome, outcome);
      assert.equal(leader.election.mayWrite(), outcome === undefined);
    });
  }

  it('ends with what to do when its namespace does not exist', async () => {
    const server = new LeaseServer();
    server.fault = (verb) => {
      if (verb === 'create') throw leaseError('NamespaceGone', verb, 404);
    };
    const replica = start(server, 'a');

    await pass(1000, replica.clock);

    assert.match(String(replica.outcome), /namespace "regcred-system" does not exist; create it .* or set --namespace/);
  });

  it('refuses timings that would let two lead', () => {
    const timings = { leaseMs: 10_000, renewDeadlineMs: 10_000, retryMs: 2000 };
    const options = {
      client: new LeaseServer().client('a'),
      namespace: 'n',
      name: 'l',
      identity: 'a',
      clock: fakeClock(),
    };
    const logger = createLogger({ level: 'error', format: 'json' });
    assert.throws(() => createLeaderElection({ ...options, logger, metrics: createMetrics(), timings }), RangeError);
  });
});

function within600(value: unknown): number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 600 ? (value as number) : 0;
}
