import assert from 'node:assert/strict';
import { count, humanDuration, table } from '../../src/cli/output.ts';

describe('output', () => {
  it('sets columns as wide as their widest cell, without blanks at the end of lines', () => {
    const text = table([
      ['NAME', 'READY'],
      ['a-long-name', 'True'],
      ['b', ''],
    ]);

    assert.equal(text, 'NAME          READY\na-long-name   True\nb\n');
  });

  it('says a duration as kubectl says an age', () => {
    const cases: readonly (readonly [seconds: number, text: string])[] = [
      [-5, '0s'],
      [119, '119s'],
      [125, '2m5s'],
      [180, '3m'],
      [3600, '60m'],
      [3 * 3600 + 60, '3h1m'],
      [47 * 3600, '47h'],
      [50 * 3600, '2d2h'],
      [30 * 86400, '30d'],
    ];
    for (const [seconds, text] of cases) assert.equal(humanDuration(seconds * 1000), text);
  });

  it('counts in the singular and the plural', () => {
    assert.equal(count(1, 'entry', 'entries'), '1 entry');
    assert.equal(count(0, 'Secret'), '0 Secrets');
  });
});
