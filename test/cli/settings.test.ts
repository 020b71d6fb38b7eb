import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/cli/settings.ts';
import { ConfigError } from '../../src/config.ts';
import { paperIo } from './io.ts';

describe('the settings of run', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'settings-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const mistakesOf = async (
    flags: Readonly<Record<string, string>>,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<readonly string[]> => {
    const { io } = paperIo();
    const thrown: unknown = await readSettings(flags, { ...io, environment }).catch((error: unknown) => error);
    assert.ok(thrown instanceof ConfigError);
    return thrown.mistakes;
  };

  it('tell every mistake of flags, environment, file and proxy at once', async () => {
    const config = write('config.json', JSON.stringify({ networks: ['everywhere'] }));

    const mistakes = await mistakesOf(
      { concurrency: '1000', config },
      { REGCRED_LOG_LEVEL: 'loud', HTTPS_PROXY: 'socks5://proxy.example.com:1080' },
    );

    assert.equal(mistakes.length, 4);
    const expected = [/^--concurrency: "1000"/, /^REGCRED_LOG_LEVEL/, /^--config: networks/, /^HTTPS_PROXY/];
    for (const [index, mistake] of expected.entries()) assert.match(mistakes[index] ?? '', mistake);
  });

  it('tell a kubeconfig that is no good together with a file that is not there', async () => {
    const kubeconfig = write('kubeconfig', '{');

    const mistakes = await mistakesOf({ kubeconfig, config: join(folder, 'missing') });

    assert.equal(mistakes.length, 2);
    assert.match(mistakes[0] ?? '', /^Cannot .*kubeconfig/);
    assert.match(mistakes[1] ?? '', /^--config: cannot read ".*missing" \(ENOENT\)/);
  });

  it('may name the file in the environment', async () => {
    const kubeconfig = write('kubeconfig', '{');

    const mistakes = await mistakesOf({ kubeconfig }, { REGCRED_CONFIG: join(folder, 'missing') });

    assert.match(mistakes[1] ?? '', /^--config: cannot read/);
  });
});
