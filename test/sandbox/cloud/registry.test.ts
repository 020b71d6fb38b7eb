import assert from 'node:assert/strict';

import { startRegistry, type Registry, type RegistryOptions } from '../../../src/sandbox/cloud/registry.ts';
import type { Imitated } from '../../../src/sandbox/cloud/registry-dialects.ts';
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

  it('takes what a cloud issued, beside its accounts, for the repositories that it may pull', async () => {
    const accepts = (username: string, password: string, repository = 'team/app'): boolean =>
      username === 'cloud' && password === 'issued' && repository === 'team/app';
    await start({ accepts });
    const issued = basicAuthorization('cloud', 'issued');

    const token = await tokenFor('team/app', issued);
    const empty = await tokenFor('other/app', issued);

    assert.equal((await get(MANIFEST, `Bearer ${token}`)).code, 200);
    assert.equal((await get('/v2/other/app/manifests/1', `Bearer ${empty}`)).code, 403);
    assert.equal((await get('/token', basicAuthorization('cloud', 'invented'))).code, 401);
    assert.ok(await tokenFor('team/app', login('pass:word')));
  });

  describe('passing for the registry of a cloud', () => {
    const imitate = (imitates: Imitated): Promise<void> =>
      start({
        imitates,
        accepts: (_username, password, repository = 'team/app') => password === 'issued' && repository === 'team/app',
      });
    const challengeOf = async (path: string): Promise<string> =>
      String((await get(path)).headers['www-authenticate']).replaceAll(/127\.0\.0\.1:\d+/g, 'HOST');
    const issued = basicAuthorization('BEARER_TOKEN', 'issued');
    const expired = basicAuthorization('BEARER_TOKEN', 'expired');

    const CHALLENGES: readonly [Imitated, string, string][] = [
      [
        'ecr',
        'Basic realm="http://HOST/",service="ecr.amazonaws.com"',
        'Basic realm="http://HOST/",service="ecr.amazonaws.com"',
      ],
      [
        'gar',
        'Bearer realm="http://HOST/v2/token"',
        'Bearer realm="http://HOST/v2/token",service="HOST",scope="repository:team/app:pull"',
      ],
      [
        'acr',
        'Bearer realm="http://HOST/oauth2/token",service="HOST"',
        'Bearer realm="http://HOST/oauth2/token",service="HOST",scope="repository:team/app:pull"',
      ],
      [
        'icr',
        'Bearer realm=http://HOST/oauth/token, service=registry',
        'Bearer realm=http://HOST/oauth/token, service=registry, scope=repository:team/app:pull',
      ],
      [
        'ocir',
        'Bearer realm="http://HOST/20180419/docker/token",service="HOST",scope=""',
        'Bearer realm="http://HOST/20180419/docker/token",service="HOST",scope=""',
      ],
    ];
    for (const [imitates, bare, scoped] of CHALLENGES) {
      it(`challenges as ${imitates} does`, async () => {
        await imitate(imitates);
        assert.deepEqual([await challengeOf('/v2/'), await challengeOf(MANIFEST)], [bare, scoped]);
      });
    }

    it('says of an expired login of ECR that it is', async () => {
      await imitate('ecr');
      const answer = await get('/v2/', expired);
      assert.equal(answer.code, 403);
      assert.match(answer.text, /authorization token has expired/);
      assert.equal((await get(MANIFEST, issued)).code, 200);
      assert.equal((await get('/v2/other/app/manifests/1', issued)).code, 403);
    });

    it('answers a wrong login of IBM by 400', async () => {
      await imitate('icr');
      assert.equal((await get('/oauth/token?service=registry', expired)).code, 400);
    });

    it("denies at Google's token endpoint, where the right is missing", async () => {
      await imitate('gar');
      const answer = await get('/v2/token?scope=repository:other/app:pull', issued);
      assert.equal(answer.code, 403);
      assert.match(answer.text, /DENIED/);
    });

    it("gives Azure's tokens that allow nothing, and says so at the manifest", async () => {
      await imitate('acr');
      const { text } = await get('/oauth2/token?scope=repository:other/app:pull', issued);
      const { token } = JSON.parse(text) as { token: string };
      const answer = await get('/v2/other/app/manifests/1', `Bearer ${token}`);
      assert.equal(answer.code, 401);
      assert.match(String(answer.headers['www-authenticate']), /error="insufficient_scope"/);
    });

    it("takes Oracle's password itself as a bearer token", async () => {
      await imitate('ocir');
      assert.equal((await get(MANIFEST, 'Bearer issued')).code, 200);
      assert.equal((await get(MANIFEST, 'Bearer expired')).code, 401);
    });
  });

  async function tokenFor(repository: string, authorization?: string): Promise<string> {
    const { text } = await get(`/token?service=x&scope=repository:${repository}:pull`, authorization);
    return (JSON.parse(text) as { token: string }).token;
  }
});
