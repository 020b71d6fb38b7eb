import assert from 'node:assert/strict';
import { steps } from '../../src/cli/demo-steps.ts';
import { ExpectationError } from '../../src/cli/demo-world.ts';
import { demo } from '../../src/cli/demo.ts';
import { paperIo, regcred } from './io.ts';

describe('regcred demo', () => {
  it('tells the whole story and every step comes true', async () => {
    const { code, out, err } = await regcred(['demo']);

    assert.equal(err, '');
    assert.equal(code, 0, out);
    for (const [index, { title }] of steps.entries()) assert.ok(out.includes(`\n${index + 1}. ${title}\n`));
    assert.match(out, /✓ team-green pulls registry\.example\/shop\/api:1 as "platform"/);
    assert.doesNotMatch(out, /[0-9a-f]{8}-[0-9a-f]{4}-/, 'a password is a UUID here');
    assert.match(out, new RegExp(`All ${steps.length} steps came true`));
  });

  it('ends with exit code 1 and says what was expected, when something does not come true', async () => {
    const { io, printed } = paperIo();
    const broken = () => Promise.reject(new ExpectationError('expected: a Secret; found: nothing'));

    const code = await demo({}, io, [{ title: 'Something impossible', play: broken }]);

    assert.equal(code, 1);
    assert.match(printed().out, /^1\. Something impossible\n {3}✗ expected: a Secret; found: nothing\n$/m);
  });

  it('stops when it is told to', async () => {
    const { code, out } = await regcred(['demo'], { stop: AbortSignal.timeout(300) });

    assert.equal(code, 1);
    assert.match(out, /✗ /);
  });
});
