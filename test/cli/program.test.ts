import assert from 'node:assert/strict';
import { commands } from '../../src/cli/program.ts';
import { environmentName, options } from '../../src/config.ts';
import { describeCommand } from './conformance.ts';
import { regcred } from './io.ts';

describe('the command line', () => {
  it('shows the help when nothing is asked, and with help and --help', async () => {
    for (const words of [[], ['help'], ['--help']]) {
      const { code, out } = await regcred(words);

      assert.equal(code, 0);
      for (const { name, summary } of commands) {
        assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
        assert.ok(out.replaceAll(/\s+/g, ' ').includes(summary));
      }
    }
  });

  it('shows a command with help COMMAND', async () => {
    const { code, out } = await regcred(['help', 'cleanup']);

    assert.equal(code, 0);
    assert.match(out, /^Usage: regcred cleanup/);
  });

  it('refuses an unknown command in one line with the likely one, exit code 2', async () => {
    const { code, out, err } = await regcred(['stauts']);

    assert.equal(code, 2);
    assert.equal(out, '');
    assert.equal(err, `regcred: unknown command 'stauts' (Did you mean status?); see "regcred --help"\n`);
  });

  it('refuses a wrong value of a choice in one line, exit code 2', async () => {
    const { code, err } = await regcred(['status', '-o', 'yaml']);

    assert.equal(code, 2);
    assert.match(err, /^regcred status: [^\n]*'yaml' is invalid[^\n]*table, json; see "regcred status --help"\n$/);
  });

  it('gives run an option, a default and a variable for each setting', async () => {
    const { out } = await regcred(['run', '--help']);

    const text = out.replaceAll(/\s+/g, ' ');
    for (const { flag, default: fallback } of Object.values(options)) {
      assert.ok(text.includes(flag));
      assert.ok(text.includes(`env: ${environmentName(flag)}`));
      if (fallback !== '') assert.ok(text.includes(`default: ${fallback}`));
    }
  });
});

for (const { name } of commands) describeCommand(name);
