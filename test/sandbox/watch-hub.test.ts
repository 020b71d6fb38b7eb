import assert from 'node:assert/strict';

import type { ApiObject } from '../../src/sandbox/api-object.ts';
import { ObjectStore } from '../../src/sandbox/objects.ts';
import { RESOURCE } from '../../src/api/names.ts';
import { servedResource } from '../../src/sandbox/resources.ts';
import { selectionOf } from '../../src/sandbox/selectors.ts';
import { WatchHub } from '../../src/sandbox/watch-hub.ts';
import { fakeClock } from '../support/fake-clock.ts';

describe('WatchHub', () => {
  it('sends bookmarks at its interval and before the end, then ends', () => {
    const { clock, lines, isEnded } = opened({ timeoutMs: 150_000, wantsBookmarks: true });

    clock.advance(149_000);
    const bookmarks = lines.length;
    clock.advance(1_000);

    assert.equal(bookmarks, 3); // after 60 s, 120 s and 148 s
    assert.ok(lines.every((line) => line.type === 'BOOKMARK'));
    assert.ok(isEnded());
    assert.deepEqual(clock.pendingMs(), []);
  });

  it('sends the present version in a bookmark', () => {
    const { store, hub, lines } = opened({ wantsBookmarks: true });
    store.put('leases', object('elsewhere'));

    hub.sendBookmarks();

    assert.equal(lines[0]?.object.metadata.resourceVersion, String(store.revision));
  });

  it('wakes no stream of one name for other objects', () => {
    const { store, lines } = opened({ query: 'fieldSelector=metadata.name=mine' });

    store.put('secrets', object('other'));
    store.put('secrets', object('mine'));

    assert.deepEqual(
      lines.map((line) => line.object.metadata.name),
      ['mine'],
    );
  });

  it('leaves no timer behind when a client goes, or when all are ended', () => {
    const gone = opened({ wantsBookmarks: true });
    gone.close();
    const ended = opened({ wantsBookmarks: true });
    ended.hub.endAll();

    assert.deepEqual(gone.clock.pendingMs(), []);
    assert.deepEqual(ended.clock.pendingMs(), []);
    assert.ok(ended.isEnded());
  });
});

interface Line {
  readonly type: string;
  readonly object: ApiObject;
}

function opened({ timeoutMs = 600_000, wantsBookmarks = false, query = '' }) {
  const clock = fakeClock();
  const store = new ObjectStore();
  const hub = new WatchHub(store, clock, 60_000);
  const lines: Line[] = [];
  let ended = false;
  const sink = {
    write: (line: string) => lines.push(JSON.parse(line) as Line),
    end: () => {
      ended = true;
    },
  };
  const resource = servedResource(RESOURCE.secrets);
  const selection = selectionOf(new URLSearchParams(query), undefined);
  const close = hub.open({ resource, selection, revision: store.revision, timeoutMs, wantsBookmarks }, sink);
  return { clock, store, hub, lines, close, isEnded: () => ended };
}

function object(name: string): ApiObject {
  return { metadata: { name, namespace: 'a', uid: name, resourceVersion: '', creationTimestamp: '' } };
}
