import assert from 'node:assert/strict';
import { format, inspect } from 'node:util';
import { sensitive } from '../../src/lib/sensitive.ts';

describe('sensitive text', () => {
  const text = sensitive('CANARY-4711');

  it('is there for who asks', () => {
    assert.equal(text.reveal(), 'CANARY-4711');
  });

  it('prints as "[redacted]" everywhere else', () => {
    const printed = [
      // eslint-disable-next-line @typescript-eslint/no-base-to-string -- the point of it
      String(text),
      JSON.stringify({ text }),
      inspect({ text }, { showHidden: true, depth: 9 }),
      format('%o', text),
    ];
    for (const each of printed) assert.ok(each.includes('[redacted]') && !each.includes('CANARY'), each);
  });

  it('has no field that could be copied', () => {
    assert.deepEqual({ ...text }, {});
    assert.deepEqual(Object.keys(text), []);
  });
});
