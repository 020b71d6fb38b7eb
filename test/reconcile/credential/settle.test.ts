import assert from 'node:assert/strict';
import type { CredentialSpec } from '../../../src/api/registry-credential.ts';
import { tryId } from '../../../src/reconcile/credential/proof.ts';
import { loginsToTry, settle, settleDelays, withRunning } from '../../../src/reconcile/credential/settle.ts';
import type { Verdicts } from '../../../src/reconcile/credential/settle.ts';
import type { Held, HeldEntry } from '../../../src/reconcile/credential/tokens.ts';
import type { RegistryVerdict } from '../../../src/reconcile/ports.ts';
import { candidate, held, heldEntry, NOW, PAST, SOON } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const HOST = 'registry.example.com';
const verdictOf = (kind: 'Valid' | 'Invalid' | 'Denied' | 'Indeterminate'): RegistryVerdict => ({
  kind,
  reason: kind === 'Valid' ? 'LoginProven' : kind,
  message: kind,
});
const inMode = (mode: CredentialSpec['verification']['mode']) => tenantCredential({ spec: { verification: { mode } } });
const [warn, require, off] = [inMode('Warn'), inMode('Require'), inMode('Off')];
const at = (seconds = 0) => ({ now: new Date(NOW.getTime() + seconds * 1000), nowMs: seconds * 1000 });

const live = heldEntry(HOST, { hash: 'live', identity: 'i', issuedAt: NOW, expiresAt: SOON });
const fresh = candidate(HOST, { hash: 'new', identity: 'i', expiresAt: SOON });
const beside = (inUse?: HeldEntry, next = fresh) => held(inUse ? [inUse] : [], { candidates: [next] });
const said = (kind: Parameters<typeof verdictOf>[0], login: HeldEntry = fresh): Verdicts =>
  new Map([[tryId(warn, login), verdictOf(kind)]]);
const hashIn = ({ entries }: Held) => entries.get(HOST)?.hash;

describe('settle', () => {
  it('publishes at once where no verdict could change that: nothing alive under Warn, and under Off', () => {
    assert.equal(hashIn(settle(warn, beside(), at())), 'new');
    assert.equal(hashIn(settle(warn, beside({ ...live, expiresAt: PAST }), at())), 'new');
    assert.equal(hashIn(settle(off, beside(live), at())), 'new');
  });

  it('waits for the verdict where it could, however long the registry has no turn for it', () => {
    for (const mode of [warn, require]) assert.equal(hashIn(settle(mode, beside(live), at(53 * 60))), 'live');
    assert.equal(hashIn(settle(require, beside(), at(24 * 60 * 60))), undefined);
  });

  it('F110: waits under Warn until the last tenth of the life of the one in use', () => {
    assert.equal(hashIn(settle(warn, beside(live), at(54 * 60 - 1))), 'live');
    assert.equal(hashIn(settle(warn, beside(live), at(54 * 60))), 'new');
  });

  it('F117: waits never past the end of the one in use; one that ended before the wait began ends none', () => {
    const ending = { ...live, issuedAt: PAST, expiresAt: at(5).now };

    assert.equal(hashIn(settle(require, beside(ending), at(4))), 'live');
    assert.equal(hashIn(settle(require, beside(ending), at(5))), 'new');
    assert.equal(hashIn(settle(require, beside({ ...live, expiresAt: PAST }), at(5))), live.hash);
  });

  it('F109: waits past that end under Require where the one before it was refused', () => {
    const ending = { ...live, issuedAt: PAST, expiresAt: at(5).now };
    const next = { ...fresh, round: 1 };

    assert.equal(hashIn(settle(require, beside(ending, next), at(6))), 'live');
    assert.equal(hashIn(settle(require, beside({ ...ending, round: 1 }, next), at(6))), 'new');
  });

  it('publishes what is not proven bad, and keeps back what is', () => {
    for (const kind of ['Valid', 'Indeterminate'] as const)
      assert.equal(hashIn(settle(require, beside(live), at(1), said(kind))), 'new');
    for (const [mode, kind] of [
      [warn, 'Invalid'],
      [require, 'Invalid'],
      [require, 'Denied'],
    ] as const) {
      const settled = settle(mode, beside(live), at(1), said(kind));
      assert.deepEqual([hashIn(settled), settled.candidates.get(HOST)?.verdict?.kind], ['live', kind]);
    }
  });

  it('F110: publishes what is kept back in the last tenth of the life of the one in use, under Require at no time', () => {
    const bad = settle(warn, beside(live), at(1), said('Invalid'));

    assert.equal(hashIn(settle(warn, bad, at(53 * 60))), 'live');
    assert.equal(hashIn(settle(warn, bad, at(54 * 60))), 'new');
    assert.equal(hashIn(settle(require, bad, at(61 * 60))), 'live');
  });

  it('takes nothing back: a late verdict about what is published is told, and that is all', () => {
    const settled = settle(require, held([live]), at(1), said('Invalid', live));

    assert.deepEqual([hashIn(settled), settled.entries.get(HOST)?.verdict?.kind], ['live', 'Invalid']);
  });

  it('F111: spares what stands in the Secrets after a restart, though its bytes are not known', () => {
    const unread = [{ ...live, verdict: verdictOf('Valid') }];
    const waits = settle(warn, held([], { candidates: [fresh], unread }), at());
    const bad = settle(warn, waits, at(1), said('Invalid'));
    const good = settle(warn, bad, at(2), said('Valid'));

    assert.deepEqual([hashIn(waits), hashIn(bad), [...bad.unread.keys()]], [undefined, undefined, [HOST]]);
    assert.deepEqual([hashIn(good), [...good.unread.keys()]], ['new', []]);
  });

  it('tries a login without end too before its successor is called bad, each time', () => {
    const forever = { ...live, expiresAt: null };
    const doubted = settle(warn, beside(forever), at(1), said('Invalid'));

    assert.deepEqual(
      loginsToTry(warn, doubted, at(1)).map(({ hash }) => hash),
      ['live'],
    );
    assert.equal(hashIn(settle(warn, doubted, at(2), said('Valid', forever))), 'live');
    assert.equal(hashIn(settle(warn, doubted, at(2), said('Invalid', forever))), 'new');
  });
});

describe('loginsToTry', () => {
  const hashes = (mode: typeof warn, what: Held, seconds = 0) =>
    loginsToTry(mode, what, at(seconds)).map(({ hash }) => hash);

  it('are those without a verdict, and none under Off', () => {
    assert.deepEqual(hashes(warn, beside(live)), ['live', 'new']);
    assert.deepEqual(hashes(off, beside(live)), []);
  });

  it('are not those that are proven, or over', () => {
    assert.deepEqual(hashes(warn, settle(warn, held([live]), at(), said('Valid', live))), []);
    assert.deepEqual(hashes(warn, held([{ ...live, expiresAt: PAST }])), []);
  });

  it('are those that are being tried, and those whose time on the ladder has come', () => {
    const bad = settle(warn, beside({ ...live, verdict: verdictOf('Valid') }), at(), said('Invalid'));

    assert.deepEqual([hashes(warn, bad, 59), hashes(warn, bad, 60)], [[], ['new']]);
    assert.deepEqual(hashes(warn, withRunning(warn, bad, [fresh]), 1), ['new']);
  });
});

describe('settleDelays', () => {
  it('names nothing for the wait itself: the verdict wakes', () => {
    assert.deepEqual(settleDelays(require, beside(), at(10)), []);
  });

  it('names the last tenth of the one in use, its end, and the next try of the one that is kept back', () => {
    const bad = settle(warn, beside({ ...live, verdict: verdictOf('Valid') }), at(), said('Invalid'));

    assert.deepEqual(
      settleDelays(warn, bad, at()).toSorted((a, b) => a - b),
      [60_000, 54 * 60_000, 60 * 60_000],
    );
  });

  it('names nothing where all is proven, or nothing is tried', () => {
    assert.deepEqual(settleDelays(warn, settle(warn, held([live]), at(), said('Valid', live)), at()), []);
    assert.deepEqual(settleDelays(off, beside(live), at()), []);
  });
});
