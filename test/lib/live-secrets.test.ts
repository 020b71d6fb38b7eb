import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { markSecret, withoutSecrets } from '../../src/lib/live-secrets.ts';
import { eventually } from '../support/eventually.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const holder = {};
function mark(...texts: readonly string[]): void {
  for (const text of texts) markSecret(holder, text);
}

describe('a secret that is alive', () => {
  it('is taken out of a text, as often as it stands there', () => {
    mark('LIVE-one-4711', 'LIVE-two-4711');

    assert.equal(
      withoutSecrets('a LIVE-one-4711, "LIVE-two-4711"LIVE-one-4711.'),
      'a [redacted], "[redacted]"[redacted].',
    );
    assert.equal(withoutSecrets('LIVE-one-4712'), 'LIVE-one-4712');
  });

  it('is found in a text that was cut, by a start that is no accident', () => {
    mark('LIVE-a-long-token-of-one-registry');

    assert.equal(withoutSecrets('refused LIVE-a-long-token-of'), 'refused [redacted]');
    assert.equal(withoutSecrets('refused LIVE-a-long-token…'), 'refused [redacted]…');
    assert.equal(withoutSecrets('LIVE-a-long'), 'LIVE-a-long');
  });

  it('hides another token that begins alike, such as one with the same header, to its end', () => {
    mark('eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmVk');

    assert.equal(withoutSecrets('got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJiIn0.b3RoZXI, sorry'), 'got [redacted], sorry');
  });

  it('is the longest that fits, where one begins as another', () => {
    mark('LIVE-begin', 'LIVE-begin-and-end');

    assert.equal(withoutSecrets('LIVE-begin-and-end'), '[redacted]');
    assert.equal(withoutSecrets('LIVE-begin-and'), '[redacted]-and');
  });

  it('is no word that may stand anywhere', () => {
    mark('', 'default');

    assert.equal(withoutSecrets('namespace default'), 'namespace default');
  });

  it('never stands in what is left, whatever surrounds it', () => {
    const secret = fc.stringMatching(/^[ab]{8,20}$/);
    const around = fc.stringMatching(/^[abc]{0,20}$/);
    fc.assert(
      fc.property(secret, around, around, (text, before, after) => {
        mark(text);
        assert.ok(!withoutSecrets(before + text + after).includes(text));
      }),
    );
  });

  it('is forgotten when nobody holds it any more', async () => {
    const text = 'LIVE-for-a-while';
    mark(text);
    (() => markSecret({}, text))();
    const other = 'LIVE-once-only';
    (() => markSecret({}, other))();

    await eventually(() => {
      collectGarbage();
      return withoutSecrets(other) === other;
    });
    assert.equal(withoutSecrets(text), '[redacted]'); // one of its two holders lives
    assert.ok(holder);
  });
});
