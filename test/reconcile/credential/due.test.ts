import assert from 'node:assert/strict';
import { dueOf } from '../../../src/reconcile/credential/due.ts';
import { held } from '../../support/facts.ts';
import { clusterCredential } from '../../support/gen.ts';

const NOW_MS = 5000;
const facts = { inputVersions: 'v1', nowMs: NOW_MS };
const plain = clusterCredential();
const requested = clusterCredential({ annotations: { 'regcred.dev/refresh': 'second' } });

function heldFor(credential = plain, { refreshRequest, at }: { refreshRequest?: string; at?: number } = {}) {
  const madeFor = { edition: credential.edition, inputVersions: 'v1', refreshRequest };
  return held([], { madeFor, issueAgainAt: at });
}

describe('dueOf', () => {
  it('finds nothing due that was made for the same edition and inputs', () => {
    assert.equal(dueOf(plain, heldFor(), facts), undefined);
    assert.equal(dueOf(plain, heldFor(plain, { at: NOW_MS + 1 }), facts), undefined);
  });

  it('is due, and a change, where nothing is held or nobody knows what it was made for', () => {
    const due = { sinceMs: NOW_MS, edition: plain.edition, isChange: true, isForced: false };

    assert.deepEqual(dueOf(plain, undefined, facts), due);
    assert.deepEqual(dueOf(plain, held([], { madeFor: undefined }), facts), due);
  });

  it('is due, and a change, after an edit and after a change of an input', () => {
    const edited = clusterCredential({ labels: { team: 'a' } });

    assert.equal(dueOf(edited, heldFor(plain), facts)?.isChange, true);
    assert.equal(dueOf(plain, heldFor(), { ...facts, inputVersions: 'v2' })?.isChange, true);
  });

  it('is due, and no change, when its time has come', () => {
    const due = dueOf(plain, heldFor(plain, { at: NOW_MS }), facts);

    assert.deepEqual([due?.isChange, due?.isForced], [false, false]);
  });

  it('is forced by a new request for a refresh, and once only', () => {
    assert.equal(dueOf(requested, heldFor(requested, { refreshRequest: 'first' }), facts)?.isForced, true);
    assert.equal(dueOf(requested, heldFor(requested, { refreshRequest: 'second' }), facts), undefined);
  });

  it('takes the request for handled that status names, after a restart', () => {
    const handled = { ...requested, status: { lastHandledRefresh: 'second' } };

    assert.equal(dueOf(handled, undefined, facts)?.isForced, false);
    assert.equal(dueOf(requested, undefined, facts)?.isForced, true);
  });
});
