import assert from 'node:assert/strict';
import { issueFailure } from '../../../src/api/reasons.ts';
import { refreshAt } from '../../../src/reconcile/credential/refresh.ts';
import { tellNotices, warnOfExpiry } from '../../../src/reconcile/credential/warnings.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { held, heldEntry, NOW, SOON } from '../../support/facts.ts';
import { tenantCredential } from '../../support/gen.ts';

const DAY_MS = 24 * 60 * 60_000;
const SOURCE_END = new Date(NOW.getTime() + 8 * DAY_MS);
const credential = tenantCredential();
const PREFIX = 'a.example.com';
const entry = heldEntry(PREFIX, { expiresAt: SOON });
const refreshMs = refreshAt(credential, entry).getTime();
const halfMs = (refreshMs + SOON.getTime()) / 2 - NOW.getTime();

function failing(prefixes: readonly string[] = [PREFIX], entries = [entry]) {
  return held(entries, { failures: [issueFailure('MalformedResponse', prefixes, { endpoint: 'icr' })] });
}

function start() {
  const clock = fakeClock(NOW.getTime());
  const notes: string[] = [];
  const record = ({ type, reason, note }: { type: string; reason: string; note: string }): void =>
    void notes.push(`${type} ${reason}: ${note}`);
  const ports = {
    clock,
    warned: new Map<string, number>(),
    noticed: new Map<string, ReadonlySet<string>>(),
    events: { record },
  };
  return {
    clock,
    notes,
    warn: (which = failing()) => warnOfExpiry(credential, which, ports),
    tell: (...messages: readonly string[]) => {
      const warnings = messages.map((message) => ({ identity: '', message }));
      return tellNotices(credential, held([entry], { warnings, sourceEndsAt: SOURCE_END }), ports);
    },
  };
}

describe('the warning of an expiry', () => {
  it('waits for half of the time that is left for the refresh', () => {
    const { notes, warn } = start();

    assert.equal(warn(), halfMs);
    assert.deepEqual(notes, []);
  });

  it('is told once, with the end and the cause', () => {
    const { clock, notes, warn } = start();
    clock.advance(Math.ceil(halfMs));

    assert.deepEqual([warn(), warn()], [undefined, undefined]);
    assert.equal(notes.length, 1);
    assert.match(notes[0] ?? '', /^Warning ExpiresSoon: .*2030-01-01T01:00:00.000Z.*icr gave an answer/);
  });

  it('is told again for the end of another token', () => {
    const { clock, notes, warn } = start();
    clock.advance(Math.ceil(halfMs));
    warn();
    warn(failing([PREFIX], [heldEntry(PREFIX, { expiresAt: new Date(SOON.getTime() + 1000) })]));
    clock.advance(60_000);
    warn(failing([PREFIX], [heldEntry(PREFIX, { expiresAt: new Date(SOON.getTime() + 1000) })]));

    assert.equal(notes.length, 2);
  });

  it('is none where the refresh works, or nothing that fails has an end', () => {
    const { clock, notes, warn } = start();
    clock.advance(Math.ceil(halfMs));

    assert.equal(warn(held([entry])), undefined);
    assert.equal(warn(failing(['b.example.com'])), undefined);
    assert.equal(warn(failing([PREFIX], [heldEntry(PREFIX)])), undefined);
    assert.deepEqual(notes, []);
  });

  it('is none after the end: the condition tells of that', () => {
    const { clock, notes, warn } = start();
    clock.advance(SOON.getTime() - NOW.getTime());

    assert.equal(warn(), undefined);
    assert.deepEqual(notes, []);
  });

  it('speaks of the first to end where all prefixes fail', () => {
    const { clock, notes, warn } = start();
    clock.advance(Math.ceil(halfMs));
    const later = heldEntry('b.example.com', { expiresAt: new Date(SOON.getTime() + 60_000) });
    warn(failing([], [later, entry]));

    assert.match(notes[0] ?? '', /01:00:00/);
  });
});

describe('the Warnings of notices', () => {
  it('come once for each new text, and again for one that had gone', () => {
    const { notes, tell } = start();

    tell('a');
    tell('a');
    tell('a', 'b', 'c');
    tell('b', 'c');
    tell('a', 'b', 'c');

    assert.deepEqual(
      notes,
      ['a', 'b; c', 'a'].map((text) => `Warning IssuedWithWarning: ${text}`),
    );
  });

  it('come when the stored secret has seven days left', () => {
    const { clock, notes, tell } = start();

    assert.deepEqual([tell(), notes], [DAY_MS, []]);
    clock.advance(DAY_MS);
    tell();

    assert.deepEqual(notes, [
      'Warning ExpiresSoon: the stored secret ends 2030-01-09T00:00:00.000Z, replace it in time',
    ]);
  });
});
