import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { BadLineError, jsonLines } from '../../src/kube/json-lines.ts';

describe('json lines', () => {
  it('are the same however the bytes are cut into chunks', async () => {
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 8 }), cuts, async (values, at) => {
        const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
        const read = await collect(jsonLines(chunks(Buffer.from(text), at)));
        assert.deepEqual(read, JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: 50 },
    );
  });

  it('F53: keep a character whole that was split over chunks', async () => {
    const bytes = Buffer.from('{"name":"née 🚀"}\n');

    const read = await collect(jsonLines(chunks(bytes, [...bytes.keys()])));

    assert.deepEqual(read, [{ name: 'née 🚀' }]);
  });

  it('F53: read an object of one MiB that came in many chunks', async () => {
    const big = { data: 'x'.repeat(1 << 20) };
    const bytes = Buffer.from(`${JSON.stringify(big)}\n`);
    const cuts = Array.from({ length: 64 }, (_, index) => index * 16_384);

    assert.deepEqual(await collect(jsonLines(chunks(bytes, cuts))), [big]);
  });

  it('skip blank lines', async () => {
    assert.deepEqual(await collect(jsonLines(chunks(Buffer.from('\n{}\n\r\n\n1\r\n'), []))), [{}, 1]);
  });

  for (const [title, text] of [
    ['a line that is no JSON', '{}\nCANARY\n{}\n'],
    ['a last line that is cut', '{}\n{"a":"CANARY'],
  ] as const) {
    it(`F53: end at ${title}, after what was whole, and do not quote it`, async () => {
      const read: unknown[] = [];

      await assert.rejects(collect(jsonLines(chunks(Buffer.from(text), [])), read), (error) => {
        assert(error instanceof BadLineError);
        assert.doesNotMatch(inspect(error), /CANARY/);
        return true;
      });
      assert.deepEqual(read, [{}]);
    });
  }

  it('end at a line beyond the limit, before it has come whole', async () => {
    const endless = (function* () {
      for (;;) yield Buffer.alloc(1000, 'x');
    })();

    await assert.rejects(collect(jsonLines(asAsync(endless), { maxLineBytes: 10_000 })), BadLineError);
  });

  it('let others have their turn while many lines are here', async () => {
    const bytes = Buffer.from(`${JSON.stringify({ filler: 'x'.repeat(2_000) })}\n`.repeat(20_000));
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);

    await collect(jsonLines(chunks(bytes, [])));
    clearInterval(ticking);

    assert(turns >= 1, `${turns} turns`);
  });
});

async function collect(lines: AsyncIterable<unknown>, into: unknown[] = []): Promise<unknown[]> {
  for await (const line of lines) into.push(line);
  return into;
}

function chunks(bytes: Buffer, cuts: readonly number[]): AsyncIterable<Buffer> {
  const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  return asAsync(parts);
}

async function* asAsync(parts: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const part of parts) yield await Promise.resolve(part);
}
