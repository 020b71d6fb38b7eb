// The Bearer handshake against a registry that nobody here wrote: docker-registry with token authentication. What the verifier
// says of a login must be what the registry does with it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networksOf } from '../src/lib/addresses.ts';
import { createGuardedClient } from '../src/lib/http.ts';
import { sensitive } from '../src/lib/sensitive.ts';
import { verifyLogin } from '../src/verification/verify.ts';
import type { Login, RegistryVerdict } from '../src/verification/verify.ts';
import { eventually } from '../test/support/eventually.ts';
import { fakeClock } from '../test/support/fake-clock.ts';
import { skipBecause } from '../test/support/skip.ts';
import { REPOSITORY, startTokenRegistry } from './support/token-registry.ts';
import type { TokenRegistry } from './support/token-registry.ts';

describe('verify against docker-registry with token authentication', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regcred-tokens-'));
  let started: TokenRegistry | undefined;
  const registry = (): TokenRegistry => started ?? assert.fail('it has not started');

  before(async function () {
    if (spawnSync('sh', ['-c', 'command -v docker-registry']).status !== 0)
      return skipBecause(this, 'there is no docker-registry (e2e/node/install.sh installs it)');
    started = await startTokenRegistry(folder, {
      puller: { password: 'right', repositories: [REPOSITORY, 'team/absent'] },
      stranger: { password: 'right', repositories: [] },
    });
  });
  after(async () => {
    await started?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('F106: says LoginProven without a repository, and asks for no scope', async () => {
    assert.deepEqual(await verdict({}), ['Valid', 'LoginProven']);

    const { query } = registry().asked.at(-1) ?? assert.fail('it was not asked');
    assert.deepEqual(query.getAll('scope'), []);
    assert.equal(query.get('client_id'), 'regcred-operator');
  });

  it('says PullProven of a repository that the registry lets the token pull', async () => {
    assert.deepEqual(await verdict({ repository: REPOSITORY }), ['Valid', 'PullProven']);

    assert.deepEqual(registry().asked.at(-1)?.query.getAll('scope'), [`repository:${REPOSITORY}:pull`]);
  });

  it('F113: says LoginProven of a repository that is not there, PullProven where a 404 is honest', async () => {
    assert.deepEqual(await verdict({ repository: 'team/absent' }), ['Valid', 'LoginProven']);
    assert.deepEqual(await verdict({ repository: 'team/absent', provider: 'acr' }), ['Valid', 'PullProven']);
  });

  it('F107: says Denied where the token server gives a token without the scope', async () => {
    assert.deepEqual(await verdict({ username: 'stranger', repository: REPOSITORY }), ['Denied', 'Denied']);
    assert.deepEqual(await verdict({ username: 'stranger' }), ['Valid', 'LoginProven']);
  });

  it('F109: says Invalid of a wrong password, after three tries', async () => {
    const before = registry().asked.length;

    assert.deepEqual(await verdict({ password: sensitive('wrong'), repository: REPOSITORY }), ['Invalid', 'Invalid']);

    assert.deepEqual(
      registry()
        .asked.slice(before)
        .map(({ isRight }) => isRight),
      [false, false, false],
    );
  });

  it('F114: tells nothing where the authority behind the registry is not known', async () => {
    assert.deepEqual(await verdict({}, []), ['Indeterminate', 'Indeterminate']);
  });

  async function verdict(parts: Partial<Login>, extraCas = [registry().ca]): Promise<unknown> {
    const login = { prefix: registry().host, provider: 'static', username: 'puller', principal: null };
    const whole = { ...login, password: sensitive('right'), repository: undefined, ...parts };
    const { kind, reason, message } = await verifyAsOperator(whole, extraCas);
    assert.doesNotMatch(message, /right|wrong/);
    return [kind, reason];
  }
});

/** With the guarded client, under a configuration that allows loopback and names the authority. */
async function verifyAsOperator(login: Login, extraCas: readonly string[]): Promise<RegistryVerdict> {
  const clock = fakeClock();
  const client = createGuardedClient({ reach: 'public', allowedNetworks: networksOf(['127.0.0.0/8']), extraCas });
  const options = { fetch: client.fetch, registries: new Map<string, URL>(), allowedRealms: [], clock };
  const verdict = verifyLogin(login, options, new AbortController().signal);
  let isDone = false;
  void verdict.finally(() => (isDone = true));
  await eventually(() => {
    if (!isDone && clock.pendingMs().some((ms) => ms <= 10_000)) clock.advance(5000); // the pause between the tries
    return isDone;
  });
  await client.close();
  return verdict;
}
