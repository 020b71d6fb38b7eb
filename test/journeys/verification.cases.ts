// Journeys of "Verification before publishing" (docs/faults.md): registries that refuse, hide, lie, hang, or change their mind.
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { startHttpStub, tlsFixture } from '../support/http-stub.ts';
import { byAmbient, byKey } from '../support/scripted-cloud.ts';
import type { Cloud } from '../support/scripted-cloud.ts';
import {
  basic,
  bearer,
  believed,
  challenge,
  deniedPull,
  good,
  startScriptedRegistry,
  whileIdle,
  withRegistries,
  wrong,
} from '../support/scripted-registry.ts';
import type { Manner, ScriptedRegistry } from '../support/scripted-registry.ts';
import type { OpenTarget } from '../support/target.ts';
import { authsOf, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { key, passwordIn } from './stored-tokens.cases.ts';

const HOST = 'de.icr.io';
const HOSTS = ['a.example.com', 'b.example.com', 'c.example.com'];
const KIND = 'ClusterRegistryCredential';
const MINUTE = 60_000;
const REQUIRE = { verification: { mode: 'Require' } };
const REPOSITORY = 'team/app';

const verified = (world: World, name = 'main') => world.condition('cluster', name, 'Verified');
const ready = (world: World, name = 'main') => world.condition('cluster', name, 'Ready');
const says = async (world: World, reason: string, name = 'main') => {
  const told = await eventually(async () => {
    const condition = await verified(world, name);
    return condition?.reason === reason ? condition : undefined;
  });
  return told.message;
};
const verdicts = async (world: World, name = 'main') =>
  Object.fromEntries(
    ((await world.status('cluster', name)).registries ?? []).map(({ prefix, verdict }) => [prefix, verdict]),
  );
/** The token of this call, or of a later one. */
const publishes = (world: World, namespace: string, cloud: Cloud, call: number) =>
  eventually(async () => cloud.tokens.slice(call).includes(await passwordIn(world, namespace)));
const publishesLogin = (world: World, namespace: string, host: string, { password }: { password: string }) =>
  eventually(async () => (await passwordIn(world, namespace, host)) === password);
const warnings = async (world: World) =>
  (await world.admin.list('Event')).filter((event) => event['type'] === 'Warning').map((event) => event['reason']);
const secretWrites = (world: World) => world.writes().filter((write) => write.endsWith(`/${PULL_SECRET}`));

/** Asked for by hand. */
const refresh = (world: World, value: string) =>
  world.admin.patch(KIND, world.name('main'), { metadata: { annotations: { 'regcred.dev/refresh': value } } });

/** `spec.provider` by API key, with a repository that must be pulled. */
function pulling(secret: string): object {
  return {
    icr: {
      registries: [{ prefix: HOST, verifyRepository: REPOSITORY }],
      auth: { apiKey: { secretRef: { name: secret } } },
    },
  };
}

/** A cluster credential by API key for one namespace, started. */
async function serve(world: World, spec: object = {}): Promise<string> {
  const namespace = await world.namespace('a');
  await key(world, 'key');
  await world.cluster('main', { provider: byKey(world.name('key'), HOST), ...spec });
  await world.start();
  return namespace;
}

/** Its first token is published and proven. */
async function served(world: World, cloud: Cloud, spec: object = {}): Promise<string> {
  const namespace = await serve(world, spec);
  await publishes(world, namespace, cloud, 0);
  await eventually(async () => (await verified(world))?.status === 'True');
  await eventually(async () => (await world.entries(namespace)).includes(PULL_SECRET));
  return namespace;
}

/** The registry takes the login no more, a new one is issued, and the refusal is believed. */
async function refuse(world: World, cloud: Cloud, registry: ScriptedRegistry): Promise<void> {
  registry.script(wrong);
  const next = cloud.tokens.length;
  const { nextRefreshTime = '' } = await world.status('cluster', 'main');
  await world.passes(Date.parse(nextRefreshTime) - world.clock.now().getTime() + 1000);
  await believed(world, registry, () => cloud.tokens[next]);
  await says(world, 'Invalid');
}

/** A static cluster credential for one namespace, with a login for each of these hosts. */
async function sourceOf(world: World, hosts: readonly string[], spec: object = {}): Promise<string> {
  const namespace = await world.namespace('a');
  await world.source('main', Object.fromEntries(hosts.map((host) => [host, login('bot')])));
  await world.cluster('main', spec);
  await world.start();
  return namespace;
}

export function describeVerification(open: OpenTarget): void {
  const journey = (
    title: string,
    play: (world: World, cloud: Cloud, registry: ScriptedRegistry) => Promise<void>,
  ): Mocha.Test =>
    it(title, () => withRegistries(open, [HOST], (world, cloud, [registry]) => play(world, cloud, theOne(registry))));

  describe('the challenge of a registry', () => {
    it('F103: nothing is sent to a realm that is not its own; the login is published, also under Require', async () => {
      const foreign = await startHttpStub((_request, response) => void response.end('{"token":"x"}'));
      const realms = [
        `http://localhost:${foreign.port}/token`,
        `http://user:secret@127.0.0.1:${foreign.port}/token`,
        `http://localhost:${foreign.port}/${'x'.repeat(10_000)}`,
        'https://evil.azurecr.io/token',
      ];
      const hosts = [...realms.map((_, index) => `r${index}.example.com`), 'none.example.com'];
      await withRegistries(open, hosts, async (world, _cloud, registries) => {
        for (const [index, registry] of registries.entries())
          registry.script((_request, response) => {
            const realm = realms[index];
            challenge(response, realm === undefined ? 'Bearer service="s"' : `Bearer realm="${realm}",service="s"`);
          });
        const namespace = await sourceOf(world, hosts, REQUIRE);

        await says(world, 'RealmNotTrusted');
        assert.deepEqual(await verdicts(world), Object.fromEntries(hosts.map((host) => [host, 'RealmNotTrusted'])));
        await eventually(async () => Object.keys((await world.auths(namespace)) ?? {}).length === hosts.length);
        const sent = registries.flatMap(({ stub }) => stub.requests).filter(({ headers }) => headers.authorization);
        assert.deepEqual([foreign.requests.length, sent.length], [0, 0]);
      });
      await foreign.close();
    });

    it('F105: is read however it is written; the service is sent only where it is given', async () => {
      const challenges: readonly ((realm: string) => readonly string[])[] = [
        (realm) => [`Basic realm="b", Bearer realm="${realm}",service="s"`],
        (realm) => ['Basic realm="b"', `Bearer realm="${realm}",service="s"`],
        (realm) => [`bEaReR ReAlM=${realm}, SERVICE=s`],
        (realm) => [`Bearer realm="${realm}"`],
        (realm) => [`Bearer realm="${realm}",service="s",scope=""`],
        () => ['Negotiate, Basic realm="b"'],
      ];
      const hosts = challenges.map((_, index) => `r${index}.example.com`);
      await withRegistries(open, hosts, async (world, _cloud, registries) => {
        for (const [index, registry] of registries.entries())
          registry.script(({ headers, url }, response) => {
            if (url.pathname === '/token') response.end('{"token":"x"}');
            else if (headers.authorization) response.end('{}');
            else challenge(response, ...(challenges[index]?.(`http://${headers.host ?? ''}/token`) ?? []));
          });
        await sourceOf(world, hosts, REQUIRE);

        await says(world, 'LoginProven');
        const services = registries.map(({ stub }) =>
          stub.requests
            .filter(({ url }) => url.pathname === '/token')
            .map(({ url }) => url.searchParams.get('service')),
        );
        assert.deepEqual(services, [['s'], ['s'], ['s'], [null], ['s'], []]);
      });
    });

    it('F122: the token of its realm is used once, and kept nowhere', () =>
      withRegistries(open, [HOST], async (world, cloud, [registry]) => {
        registry?.script(bearer({ text: 'CANARY-REALM-TOKEN' }));
        await served(world, cloud, { provider: pullingBy(world) });

        await says(world, 'PullProven');
        const uses = registry?.stub.requests.filter(({ headers }) => headers.authorization?.includes('CANARY'));
        assert.deepEqual(
          uses?.map(({ method }) => method),
          ['HEAD'],
        );
        const everything = [
          await world.admin.list('Secret'),
          await world.admin.list('Event'),
          await world.status('cluster', 'main'),
        ];
        const shown = JSON.stringify(everything) + world.logs();
        for (const text of ['CANARY-REALM-TOKEN', Buffer.from('CANARY-REALM-TOKEN').toString('base64').slice(0, 20)])
          assert.ok(!shown.includes(text));
      }));
  });

  describe('a proof', () => {
    it('F106: without a repository is of the login alone; the path of a prefix is no repository, a wildcard is not tried', () =>
      withRegistries(open, ['a.example.com', 'eu-west-1.amazonaws.com'], async (world, _cloud, [registry, aws]) => {
        const namespace = await sourceOf(world, ['a.example.com/team/app']);
        await world.cluster('wild', { provider: byAmbient('*.dkr.ecr.eu-west-1.amazonaws.com') });

        assert.match(await says(world, 'LoginProven'), /no pull/);
        assert.deepEqual([...new Set(registry?.stub.requests.map(({ path }) => path))], ['/v2/']);
        assert.match(await says(world, 'NotProbed', 'wild'), /wildcard/);
        await eventually(async () => Object.keys((await world.auths(namespace)) ?? {}).length === 2);
        assert.equal(aws?.stub.requests.length, 0);
      }));

    journey('F107: is not a token without the grant: the manifest is refused', async (world, cloud, registry) => {
      registry.script(bearer({ refusal: 'insufficient_scope' }));
      const namespace = await serve(world, { provider: pullingBy(world) });

      assert.match(await says(world, 'Denied'), /team\/app/);
      await publishes(world, namespace, cloud, 0);
      assert.equal((await ready(world))?.status, 'True');
    });

    for (const mode of ['Require', 'Warn'] as const)
      journey(`F108: a login that may not pull, beside a good one, under ${mode}`, async (world, cloud, registry) => {
        const namespace = await served(world, cloud, { provider: pullingBy(world), verification: { mode } });
        const before = await world.secret(namespace);
        registry.script(deniedPull);
        await refresh(world, '1');

        await says(world, 'Denied');
        assert.equal((await ready(world))?.status, 'True');
        if (mode === 'Require') {
          assert.deepEqual(await world.secret(namespace), before);
          await world.passes(61 * MINUTE); // the good one ends: nothing is made worse
        }
        await publishes(world, namespace, cloud, 1);
      });

    journey(
      'F108: a login that may not pull is published where there is none, also under Require',
      async (world, cloud, registry) => {
        registry.script(deniedPull);
        const namespace = await serve(world, { provider: pullingBy(world), ...REQUIRE });

        await says(world, 'Denied');
        await publishes(world, namespace, cloud, 0);
      },
    );
  });

  describe('a login that its registry refuses', () => {
    const REFUSALS: Readonly<Record<string, Manner>> = {
      'a wrong password': wrong,
      invalid_token: bearer({ refusal: 'invalid_token' }),
      'the token endpoint': bearer({ token: 401 }),
      'the words of ECR': basic(403, {
        body: 'denied: Your authorization token has expired. Reauthenticate and try again.',
      }),
      'the 400 of IBM': bearer({ token: 400 }),
    };
    for (const [what, manner] of Object.entries(REFUSALS))
      journey(
        `F109: by ${what} is never published under Require; without another one there is no Secret`,
        async (world, cloud, registry) => {
          registry.script(manner);
          const namespace = await serve(world, REQUIRE);
          await believed(world, registry, () => cloud.tokens[0]);

          await says(world, 'Invalid');
          const { status, reason, message = '' } = (await ready(world)) ?? {};
          assert.deepEqual([status, reason], ['False', 'VerificationFailed']);
          assert.match(message, /de\.icr\.io/);
          assert.equal(registry.tries(), 3);
          assert.equal(await world.secret(namespace), undefined);
          assert.deepEqual(await world.entries(namespace), []);
        },
      );

    journey('F109: is published under Require at no time, also of many tenants', async (world, _cloud, registry) => {
      registry.script(wrong);
      const namespaces = await Promise.all(Array.from({ length: 16 }, (_, index) => world.namespace(`team-${index}`)));
      for (const namespace of namespaces) {
        await world.grantInputs(namespace);
        await world.source('main', { [HOST]: login('bot') }, namespace);
        await world.tenant(namespace, 'main', REQUIRE);
      }
      const published = new Set<string>();
      await world.start();

      await whileIdle(world, registry, async () => {
        for (const namespace of namespaces) if ((await world.auths(namespace))?.[HOST]) published.add(namespace);
        const told = await Promise.all(
          namespaces.map((namespace) => world.condition('tenant', 'main', 'Ready', namespace)),
        );
        return told.every((ready) => ready?.reason === 'VerificationFailed');
      });

      assert.deepEqual([...published], []);
    });

    journey(
      'F109: under Require the last good one stays to its end, and the next good one is published',
      async (world, cloud, registry) => {
        const namespace = await served(world, cloud, REQUIRE);
        const before = await world.secret(namespace);
        await refuse(world, cloud, registry);
        assert.equal((await ready(world))?.status, 'True');

        await world.passes(61 * MINUTE); // icr.io has no anonymous pulls: the bytes stay
        await eventually(async () => (await ready(world))?.reason === 'VerificationFailed');
        await believed(world, registry, () => cloud.tokens[2]);
        assert.equal((await ready(world))?.reason, 'VerificationFailed');
        assert.deepEqual(await world.secret(namespace), before);

        registry.script(good);
        await world.passes(16 * MINUTE);
        await publishes(world, namespace, cloud, 1);
        await eventually(async () => (await ready(world))?.status === 'True');
      },
    );

    journey(
      'F110: is held back under Warn, tried again, and a new one is asked for; the first good one is published',
      async (world, cloud, registry) => {
        const namespace = await served(world, cloud);
        const before = await world.secret(namespace);
        await refuse(world, cloud, registry);

        assert.match(await says(world, 'Invalid'), /kept until/);
        assert.equal((await ready(world))?.status, 'True');
        assert.equal(cloud.calls.length, 2);
        await world.passes(MINUTE + 1000);
        await believed(world, registry, () => cloud.tokens[2]);
        await eventually(() => cloud.calls.length === 3);
        assert.deepEqual(await world.secret(namespace), before);

        registry.script(good);
        await world.passes(5 * MINUTE);
        await publishes(world, namespace, cloud, 1);
        await says(world, 'LoginProven');
      },
    );

    journey('F110: is published under Warn when the good one is in its last tenth', async (world, cloud, registry) => {
      const namespace = await served(world, cloud);
      const end = Date.parse((await world.status('cluster', 'main')).expirationTime ?? '');
      await refuse(world, cloud, registry);
      await world.passes(end - 7 * MINUTE - world.clock.now().getTime());
      await believed(world, registry, () => cloud.tokens[2]);
      assert.equal(await passwordIn(world, namespace), cloud.tokens[0]);

      await world.passes(end - 6 * MINUTE - world.clock.now().getTime() + 1000);
      await publishes(world, namespace, cloud, 1);
      assert.equal((await ready(world))?.status, 'True');
    });

    journey('F110: is published at once under Warn where none is alive', async (world, cloud, registry) => {
      registry.script(wrong);
      const namespace = await serve(world);

      await publishes(world, namespace, cloud, 0);
      await believed(world, registry, () => cloud.tokens[0]);
      await says(world, 'Invalid');
      assert.equal(await passwordIn(world, namespace), cloud.tokens[0]);
    });

    journey(
      'F111: is held back over a restart; accepted, it is published in one write',
      async (world, cloud, registry) => {
        const namespace = await served(world, cloud);
        const before = await world.secret(namespace);
        await refuse(world, cloud, registry);
        await world.stop();
        world.writes();

        await world.start();
        await believed(world, registry, () => cloud.tokens[2]);
        await eventually(async () => (await ready(world))?.status === 'True');
        await says(world, 'Invalid');
        assert.deepEqual(await world.secret(namespace), before);
        assert.deepEqual(secretWrites(world), []);

        registry.script(good);
        await world.passes(MINUTE + 1000);
        await says(world, 'LoginProven');
        await publishes(world, namespace, cloud, 1);
        assert.ok(secretWrites(world).length <= 2, 'a write for the login, and one where a newer one came with it');
        assert.equal((await warnings(world)).filter((reason) => reason === 'Invalid').length, 1);
      },
    );

    it('F111: of a static source is held back over a restart though the good one is in the pull Secret alone', () =>
      withRegistries(open, HOSTS.slice(0, 1), async (world, _cloud, [registry]) => {
        const [host = ''] = HOSTS;
        const [first, second] = [login('bot'), login('bot')];
        await world.source('main', { [host]: first });
        const namespace = await world.namespace('a');
        await world.cluster('main');
        await world.start();
        await publishesLogin(world, namespace, host, first);
        await says(world, 'LoginProven');
        const before = await world.secret(namespace);
        const accepts =
          (password: string): Manner =>
          (request, response, tried) =>
            (request.headers.authorization === `Basic ${Buffer.from(`bot:${password}`).toString('base64')}`
              ? good
              : wrong)(request, response, tried);
        registry?.script(accepts(first.password));
        await world.source('main', { [host]: second });
        await believed(world, theOne(registry), () => second.password);
        await says(world, 'Invalid');
        await world.stop();

        await world.start();
        await believed(world, theOne(registry), () => second.password, 6);
        await says(world, 'Invalid');
        assert.deepEqual(await world.secret(namespace), before);
        assert.equal((await ready(world))?.status, 'True');

        registry?.script(accepts(second.password));
        await world.passes(MINUTE + 1000);
        await publishesLogin(world, namespace, host, second);
        await says(world, 'LoginProven');
      }));

    journey('F112: for ten seconds, then accepts, is published without an event', async (world, cloud, registry) => {
      const namespace = await served(world, cloud, REQUIRE);
      const before = registry.tries();
      registry.script((request, response, tries) => (tries < before + 3 ? wrong : good)(request, response, tries));
      await refresh(world, '1');

      await believed(world, registry, () => cloud.tokens[1]);
      await publishes(world, namespace, cloud, 1);
      assert.deepEqual(await warnings(world), []);
    });

    it('F116: beside two good ones, under Require: these are published, Ready names the third', () =>
      withRegistries(open, HOSTS, async (world, _cloud, registries) => {
        const bad = theOne(registries[1]);
        bad.script(wrong);
        const namespace = await sourceOf(world, HOSTS, REQUIRE);
        await believed(world, bad, () => /^bot:/);

        await eventually(async () => (await ready(world))?.reason === 'VerificationFailed');
        assert.match((await ready(world))?.message ?? '', /b\.example\.com/);
        await eventually(
          async () => Object.keys((await world.auths(namespace)) ?? {}).join() === 'a.example.com,c.example.com',
        );
      }));

    journey('F119: is published at once when the mode becomes Off, without a call', async (world, cloud, registry) => {
      const namespace = await served(world, cloud, REQUIRE);
      await refuse(world, cloud, registry);
      const [calls, tries] = [cloud.calls.length, registry.tries()];
      await world.admin.patch(KIND, world.name('main'), { spec: { verification: { mode: 'Off' } } });

      await publishes(world, namespace, cloud, calls - 1);
      await says(world, 'Off');
      assert.deepEqual([cloud.calls.length, registry.tries()], [calls, tries]);
    });
  });

  describe('a registry that says nothing', () => {
    it('F114: blocks nobody, also under Require, and nobody follows where it points', async () => {
      const elsewhere = await startHttpStub((_request, response) => void response.end('{}'));
      const answered =
        (status: number, body = '{}', headers: Record<string, string> = {}): Manner =>
        (_request, response) =>
          void response.writeHead(status, headers).end(body);
      const location = { location: elsewhere.url.href };
      const manners: Readonly<Record<string, Manner>> = {
        hangs: () => undefined,
        resets: (_request, response) => void response.destroy(),
        throttles: answered(429),
        fails: answered(503),
        html: answered(200, '<html>', { 'content-type': 'text/html; charset=utf-8' }),
        absent: answered(404, '<html>'),
        redirects: answered(307, '', location),
        'redirects-logins': ({ headers }, response) => {
          if (headers.authorization === undefined) challenge(response, 'Basic realm="x"');
          else response.writeHead(302, location).end();
        },
        firewall: basic(403, {
          body: "client with IP '10.1.2.3' is not allowed access. Refer https://aka.ms/acr/firewall",
        }),
      };
      const tls = await startScriptedRegistry(good, tlsFixture('one'));
      const hosts = Object.keys(manners).map((name) => `${name}.example.com`);
      const all = [...hosts, 'unknown.invalid'];
      await withRegistries(open, hosts, async (world, _cloud, registries) => {
        for (const [index, manner] of Object.values(manners).entries()) registries[index]?.script(manner);
        const namespace = await sourceOf(world, [...all, `localhost:${tls.stub.port}`], {
          ...REQUIRE,
        });
        await eventually(() => (registries[0]?.tries() ?? 0) > 0);
        await eventually(async () => Object.keys((await world.auths(namespace)) ?? {}).length === all.length);
        await world.passes(31_000); // the one that hangs

        await says(world, 'Indeterminate');
        await eventually(async () => Object.keys((await world.auths(namespace)) ?? {}).length === all.length + 1);
        assert.equal((await ready(world))?.status, 'True');
        assert.equal(elsewhere.requests.length, 0);
      });
      await Promise.all([elsewhere.close(), tls.stub.close()]);
    });

    journey('F117: is waited for 30 s and no longer', async (world, cloud, registry) => {
      const namespace = await served(world, cloud, REQUIRE);
      const tries = registry.tries();
      registry.script(() => undefined);
      await refresh(world, '1');
      await eventually(() => registry.tries() > tries);
      await world.passes(25_000);
      await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '1');
      assert.equal(await passwordIn(world, namespace), cloud.tokens[0]);

      await world.passes(6000);
      await publishes(world, namespace, cloud, 1);
      await says(world, 'Indeterminate');
      assert.equal((await ready(world))?.status, 'True');
    });

    it('F117: delays nobody else', () =>
      withRegistries(open, HOSTS.slice(0, 2), async (world, _cloud, [slow]) => {
        slow?.script(() => undefined);
        const namespace = await world.namespace('a');
        const [host = '', other = ''] = HOSTS;
        for (const index of Array.from({ length: 12 }).keys()) {
          await world.source(`slow-${index}`, { [`${host}/team-${index}`]: login('bot') });
          await world.cluster(`slow-${index}`, REQUIRE);
        }
        await world.source('main', { [other]: login('bot') });
        await world.cluster('main', REQUIRE);
        await world.start();

        await says(world, 'LoginProven');
        await eventually(async () => Object.keys((await world.auths(namespace)) ?? {}).join() === other);
      }));
  });

  describe('tries', () => {
    journey(
      'F118: are one for each token, whatever the number of namespaces, and none after a restart',
      async (world, cloud, registry) => {
        await Promise.all(Array.from({ length: 150 }, (_, index) => world.namespace(`many-${index}`)));
        const namespace = await served(world, cloud);
        await eventually(async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True', {
          timeoutMs: 30_000,
        });
        assert.equal(registry.tries(), 1);
        const isEverywhere = async (token: string | undefined): Promise<boolean> => {
          const secrets = (await world.admin.list('Secret')).filter(
            ({ metadata }) => metadata.name === PULL_SECRET && metadata.namespace.startsWith(world.name('')),
          );
          return secrets.length === 151 && secrets.every((secret) => authsOf(secret)[HOST]?.password === token);
        };
        await refresh(world, '1');
        await publishes(world, namespace, cloud, 1);
        await eventually(() => isEverywhere(cloud.tokens[1]), { timeoutMs: 30_000 });
        assert.equal(registry.tries(), 2);
        await eventually(async () => (await world.condition('cluster', 'main', 'Verified'))?.reason === 'LoginProven');
        const before = await verified(world);
        await world.stop();

        await world.start();
        await publishes(world, await world.namespace('late'), cloud, 1);
        assert.equal(registry.tries(), 2);
        assert.deepEqual(await verified(world), before);
      },
    ).timeout(60_000);

    journey('F119: are none under Off', async (world, cloud, registry) => {
      const namespace = await serve(world, { verification: { mode: 'Off' } });

      await publishes(world, namespace, cloud, 0);
      await says(world, 'Off');
      assert.equal(registry.stub.connections().accepted, 0);
    });

    it("F120: never reach where a tenant's credential must not: no connection, and the login is published", async () => {
      const inside = await startHttpStub((_request, response) => void response.end('{}'));
      const hosts = [
        '169.254.169.254',
        `127.0.0.1:${inside.port}`,
        '10.0.0.1',
        `localhost:${inside.port}`,
        '192.168.1.1:6443',
      ];
      await withRegistries(open, [], async (world) => {
        const namespace = await world.namespace('a');
        await world.grantInputs(namespace);
        await world.source('main', Object.fromEntries(hosts.map((host) => [host, login('bot')])), namespace);
        await world.tenant(namespace, 'main');
        await world.start();

        await eventually(
          async () => (await world.condition('tenant', 'main', 'Verified', namespace))?.reason === 'NotProbed',
        );
        const lines = (await world.status('tenant', 'main', namespace)).registries ?? [];
        assert.deepEqual([...new Set(lines.map(({ verdict }) => verdict))], ['NotProbed']);
        assert.equal(Object.keys((await world.auths(namespace)) ?? {}).length, hosts.length);
        assert.equal(inside.connections().accepted, 0);
      });
      await inside.close();
    });
  });
}

function pullingBy(world: World): object {
  return pulling(world.name('key'));
}

function theOne(registry: ScriptedRegistry | undefined): ScriptedRegistry {
  assert.ok(registry);
  return registry;
}
