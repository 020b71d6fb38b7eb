import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../build.ts';
import { commands } from '../src/cli/program.ts';
import packageJson from '../package.json' with { type: 'json' };

describe('The bundle', function () {
  this.timeout(30_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'regcred-bundle-'));
    await bundle(join(folder, 'dist'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is one entry and its chunks', () => {
    assert.deepEqual(
      readdirSync(join(folder, 'dist'))
        .filter((name) => !name.endsWith('.txt'))
        .sort(),
      ['chunks', 'regcred.js'],
    );
  });

  it('answers --version with the version of package.json', () => {
    assert.deepEqual(regcred('--version'), { status: 0, stdout: `regcred ${packageJson.version}\n`, stderr: '' });
  });

  it('names every command in --help', () => {
    const { status, stdout } = regcred('--help');

    assert.equal(status, 0);
    for (const { name } of commands) assert.match(stdout, new RegExp(`^ +${name} `, 'm'));
  });

  for (const { name } of commands) {
    it(`answers ${name} --help`, () => {
      const { status, stdout } = regcred(name, '--help');

      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`Usage: \\S+ ${name}`));
    });
  }

  it('starts with little: the entry itself is small, what a command needs is in chunks', () => {
    assert.ok(statSync(join(folder, 'dist', 'regcred.js')).size < 200_000);
  });

  it('loads the code of a command when it runs: status says that the kubeconfig is missing', () => {
    const { status, stderr } = regcred('status', '--kubeconfig', join(folder, 'none'));

    assert.equal(status, 2);
    assert.match(stderr, /kubeconfig/);
    assert.doesNotMatch(stderr, /at file:|require|Cannot find module/);
  });

  function regcred(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist', 'regcred.js'), ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '' },
    });
    return { status, stdout, stderr };
  }
});
