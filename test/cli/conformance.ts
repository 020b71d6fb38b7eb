// What holds for every command, whatever it does: help, version, and mistakes in one line.
import assert from 'node:assert/strict';
import { regcred } from './io.ts';

/** The shared cases; a command's own test holds what is special. */
export function describeCommand(name: string): void {
  describe(`regcred ${name}, as every command`, () => {
    it('explains itself with --help', async () => {
      const { code, out, err } = await regcred([name, '--help']);

      assert.equal(code, 0);
      assert.match(out, new RegExp(`^Usage: regcred ${name} \\[options\\]\n`));
      assert.equal(err, '');
    });

    it('says its version with --version', async () => {
      const { code, out } = await regcred([name, '--version']);

      assert.equal(code, 0);
      assert.match(out, /^regcred [0-9]+\.[0-9]+\.[0-9]+\n$/);
    });

    it('refuses an unknown option in one line, exit code 2', async () => {
      const { code, out, err } = await regcred([name, '--no-such-option']);

      assert.equal(code, 2);
      assert.equal(out, '');
      assert.equal(err, `regcred ${name}: unknown option '--no-such-option'; see "regcred ${name} --help"\n`);
    });

    it('refuses words that it does not take in one line, exit code 2', async () => {
      const { code, err } = await regcred([name, 'word']);

      assert.equal(code, 2);
      assert.match(err, /^[^\n]*too many arguments[^\n]*\n$/);
    });
  });
}

/** For commands that talk to a cluster. */
export function describeClusterCommand(name: string): void {
  describeCommand(name);

  describe(`regcred ${name}, as every command that needs a cluster`, () => {
    it('reports all mistakes of its options at once, exit code 2', async () => {
      const { code, err } = await regcred([name, '--namespace', 'Not_A_Name'], {
        environment: { REGCRED_LOG_LEVEL: 'loud' },
      });

      assert.equal(code, 2);
      assert.match(
        err,
        /^regcred: --namespace: "Not_A_Name" is not valid; [^\n]*\nregcred: REGCRED_LOG_LEVEL[^\n]*\n$/,
      );
    });

    it('names a kubeconfig that is not there, exit code 2', async () => {
      const { code, out, err } = await regcred([name, '--kubeconfig', '/no/such/file']);

      assert.equal(code, 2);
      assert.equal(out, '');
      assert.match(err, /^regcred: Cannot read kubeconfig "\/no\/such\/file"[^\n]*\n$/);
    });
  });
}
