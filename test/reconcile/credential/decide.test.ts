import assert from 'node:assert/strict';
import { decide } from '../../../src/reconcile/credential/decide.ts';
import type { Published } from '../../../src/reconcile/credential/decide.ts';

const NOW = new Date('2030-01-01T12:00:00Z');
const hours = (count: number): Date => new Date(NOW.getTime() + count * 3_600_000);
const good: Published = { issuedAt: hours(-5), expiresAt: hours(5), verdict: undefined };
const lives = {
  none: undefined,
  good,
  static: { ...good, expiresAt: null },
  'in its last tenth': { ...good, issuedAt: hours(-9.5), expiresAt: hours(0.5) },
  dead: { ...good, expiresAt: hours(-1) },
  'proven bad itself': { ...good, verdict: { kind: 'Invalid', reason: 'Invalid', message: '' } },
} as const;

const TABLE = [
  ['Off', 'Invalid', 'good', 'publish'],
  ['Warn', 'Valid', 'good', 'publish'],
  ['Warn', 'Open', 'good', 'publish'],
  ['Warn', 'Indeterminate', 'good', 'publish'],
  ['Warn', 'Denied', 'good', 'publish'],
  ['Warn', 'Invalid', 'good', 'hold'],
  ['Warn', 'Invalid', 'static', 'hold'],
  ['Warn', 'Invalid', 'in its last tenth', 'publish'],
  ['Warn', 'Invalid', 'dead', 'publish'],
  ['Warn', 'Invalid', 'proven bad itself', 'publish'],
  ['Warn', 'Invalid', 'none', 'publish'],
  ['Require', 'Valid', 'good', 'publish'],
  ['Require', 'Open', 'none', 'publish'],
  ['Require', 'Indeterminate', 'good', 'publish'],
  ['Require', 'Indeterminate', 'none', 'publish'],
  ['Require', 'Denied', 'good', 'hold'],
  ['Require', 'Denied', 'dead', 'publish'],
  ['Require', 'Denied', 'none', 'publish'],
  ['Require', 'Invalid', 'good', 'hold'],
  ['Require', 'Invalid', 'in its last tenth', 'hold'],
  ['Require', 'Invalid', 'dead', 'drop'],
  ['Require', 'Invalid', 'none', 'drop'],
] as const;

describe('what becomes of a new login', () => {
  for (const [mode, verdict, published, decision] of TABLE)
    it(`${mode}: ${verdict} beside ${published} is: ${decision}`, () => {
      assert.equal(decide(mode, verdict, lives[published], NOW), decision);
    });
});
