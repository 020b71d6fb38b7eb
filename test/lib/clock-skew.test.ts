import assert from 'node:assert/strict';
import { noticingSkew, skewOf } from '../../src/lib/clock-skew.ts';
import { fakeClock } from '../support/fake-clock.ts';

const NOW = new Date('2030-01-01T00:00:00Z');

describe('skewOf', () => {
  const cases: readonly (readonly [string | null, number])[] = [
    ['Tue, 01 Jan 2030 00:00:00 GMT', 0],
    ['Tue, 01 Jan 2030 00:00:59 GMT', 0],
    ['Tue, 01 Jan 2030 01:00:00 GMT', 3_600_000],
    ['Mon, 31 Dec 2029 23:00:00 GMT', -3_600_000],
    ['yesterday', 0],
    ['', 0],
    [null, 0],
  ];
  for (const [header, skewMs] of cases)
    it(`F86: reads ${JSON.stringify(header)} as ${skewMs} ms`, () => assert.equal(skewOf(header, NOW), skewMs));
});

describe('noticingSkew', () => {
  const answering = (headers: Record<string, string>) => (): Promise<Response> =>
    Promise.resolve(new Response('{"ok":true}', { headers }));

  it('F86: tells the skew of each answer, and passes the answer on', async () => {
    const seen: number[] = [];
    const fetch = noticingSkew(answering({ date: 'Tue, 01 Jan 2030 00:10:00 GMT' }), fakeClock(NOW.getTime()), (ms) =>
      seen.push(ms),
    );

    const response = await fetch('https://cloud.example.com/');

    assert.deepEqual(await response.json(), { ok: true });
    assert.deepEqual(seen, [600_000]);
  });

  it('knows nothing from an answer without a date, and hides no failure', async () => {
    const seen: number[] = [];
    const clock = fakeClock(NOW.getTime());
    await noticingSkew(answering({}), clock, (ms) => seen.push(ms))('https://cloud.example.com/');
    const failing = noticingSkew(
      () => Promise.reject(new Error('gone')),
      clock,
      (ms) => seen.push(ms),
    );

    await assert.rejects(failing('https://cloud.example.com/'), /gone/);
    assert.deepEqual(seen, []);
  });
});
