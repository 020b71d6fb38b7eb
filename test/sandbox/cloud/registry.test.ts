import assert from 'node:assert/strict';

import { startRegistry, type Registry, type RegistryOptions } from '../../../src/sandbox/cloud/registry.ts';
import { basicAuthorization, call, type Reply } from '../../../src/sandbox/loopback-client.ts';

const MANIFEST = '/v2/team/app/manifests/1';

describe('startRegistry', () => {
  let registry: Registry;
  const start = async (options: RegistryOptions = {}): Promise<void> => {
    registry = await startRegistry({
      accounts: { robot: 'pass:word' },
      publicRepositories: ['public/app'],
      ...options,
    });
  };
  const get = (path: string, authorization?: string): Promise<Reply> =>
    call(`${registry.url}${path}`, { headers: authorization === undefined ? {} : { authorization } });
  const login = (password: string): string => basicAuthorization('robot', password);
  afterEach(() => registry.stop());

  it('challenges by Basic and checks the password at every call', async () => {
    await start({ auth: 'Basic' });

    const first = await get('/v2/');
    const wrong = await get('/v2/', login('wrong'));
    const right = await get(MANIFEST, login('pass:word'));

    assert.equal(first.code, 401);
    assert.match(String(first.headers['www-authenticate']), /^Basic realm=/);
    assert.equal(wrong.code, 401);
    assert.equal(right.code, 200);
    assert.match(String(right.headers['docker-content-digest']), /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(registry.logins, [
      { username: 'robot', isAccepted: false },
      { username: 'robot', isAccepted: true, repository: 'team/app' },
    ]);
  });

  it('challenges by Bearer, and its token is for one repository', async () => {
    await start();

    const challenge = String((await get(MANIFEST)).headers['www-authenticate']);
    const token = await tokenFor('team/app', login('pass:word'));

    assert.match(
      challenge,
      /^Bearer realm="http:\/\/127\.0\.0\.1:\d+\/token",service="[^"]+",scope="repository:team\/app:pull"$/,
    );
    assert.equal((await get(MANIFEST, `Bearer ${token}`)).code, 200);
    assert.equal((await get('/v2/other/app/manifests/1', `Bearer ${token}`)).code, 403);
    assert.equal((await get(MANIFEST, 'Bearer invented')).code, 401);
  });

  it('gives tokens without a password for public repositories only', async () => {
    await start();

    const token = await tokenFor('public/app');
    const refused = await get('/token?scope=repository:team/app:pull');

    assert.equal((await get('/v2/public/app/manifests/1', `Bearer ${token}`)).code, 200);
    assert.equal(refused.code, 401);
  });

  it('ends the old password, and its tokens, when it is changed', async () => {
    await start();
    const token = await tokenFor('team/app', login('pass:word'));

    registry.setPassword('robot', 'new');

    assert.equal((await get('/token?scope=repository:team/app:pull', login('pass:word'))).code, 401);
    assert.equal((await get(MANIFEST, `Bearer ${token}`)).code, 401);
    assert.ok(await tokenFor('team/app', login('new')));
  });

  it('knows no account that was removed, and no other paths', async () => {
    await start({ auth: 'Basic' });
    registry.removeAccount('robot');

    assert.equal((await get('/v2/', login('pass:word'))).code, 401);
    assert.equal((await get('/v1/x')).code, 404);
  });

  async function tokenFor(repository: string, authorization?: string): Promise<string> {
    const { text } = await get(`/token?service=x&scope=repository:${repository}:pull`, authorization);
    return (JSON.parse(text) as { token: string }).token;
  }
});
