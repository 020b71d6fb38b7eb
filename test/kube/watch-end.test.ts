import assert from 'node:assert/strict';
import type { KubeErrorKind } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { WatchEnd } from '../../src/kube/watch-end.ts';
import { afterWatch } from '../../src/kube/watch-end.ts';

const end: WatchEnd = { error: undefined, silent: false, events: 1, livedMs: 300_000, failures: 0 };
const fail = (kind: KubeErrorKind, more: Partial<WatchEnd> = {}): WatchEnd => ({
  ...end,
  error: new KubeError({ kind, status: 0, request: 'watch secrets' }),
  ...more,
});

/** What ended the watch: cause, then "list" or "watch", then "wait" or "now". */
const table: Readonly<Record<string, readonly [WatchEnd, string]>> = {
  'a clean close is the usual end': [end, 'closed watch now'],
  'a clean close after two seconds waits': [{ ...end, livedMs: 2_000 }, 'closed watch wait'],
  'a clean close at once without an event is a failure': [
    { ...end, livedMs: 900, events: 0 },
    'closed watch wait failure',
  ],
  'silence is followed at once': [fail('Aborted', { silent: true }), 'silent watch now'],
  'history that is gone needs a list': [fail('Expired'), 'expired list wait failure'],
  'a throttled watch waits, without a list': [
    fail('TooManyRequests', { failures: 99 }),
    'throttled watch wait failure',
  ],
  'a broken connection is as a close': [fail('Unreachable'), 'closed watch wait failure'],
  'a refused connection needs no list': [
    fail('Unreachable', { events: 0, livedMs: 5, failures: 99 }),
    'refused watch wait failure',
  ],
  'RBAC needs no list': [fail('Forbidden', { failures: 99 }), 'refused watch wait failure'],
  'a kind that is not served needs no list': [fail('NotServed', { failures: 99 }), 'refused watch wait failure'],
  'a server in trouble is tried three times': [fail('Unavailable', { failures: 2 }), 'error watch wait failure'],
  'then it is listed': [fail('Unavailable', { failures: 3 }), 'error list wait failure'],
  'a bad line is tried again': [fail('Malformed', { failures: 2 }), 'malformed watch wait failure'],
  'then it is passed by a list': [fail('Malformed', { failures: 3 }), 'malformed list wait failure'],
  'what the API server does not like needs a list': [fail('BadRequest'), 'error list wait failure'],
  'a fault of our own is tried again': [{ ...end, error: new TypeError('x') }, 'error watch wait failure'],
};

describe('after a watch', () => {
  for (const [title, [given, expected]] of Object.entries(table)) {
    it(title, () => {
      const { cause, relist, wait, isFailure } = afterWatch(given);
      const words = [cause, relist ? 'list' : 'watch', wait ? 'wait' : 'now', ...(isFailure ? ['failure'] : [])];
      assert.equal(words.join(' '), expected);
    });
  }
});
