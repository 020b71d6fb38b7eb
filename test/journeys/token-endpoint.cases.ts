// Journeys of "Token endpoint" (docs/faults.md): a cloud that is slow, down, wrong, or lies; the last good token stays.
import assert from 'node:assert/strict';
import { readOperatorConfig } from '../../src/operator-config.ts';
import { answer, becomes, events, heals, issuedBy, KIND, later, refresh } from '../support/cloud-steps.ts';
import { eventually } from '../support/eventually.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import type { StubHandler } from '../support/http-stub.ts';
import { byAmbient, byGoogleAmbient, byKey, withCloud } from '../support/scripted-cloud.ts';
import type { Cloud, Script } from '../support/scripted-cloud.ts';
import type { OpenTarget } from '../support/target.ts';
import { configOf, inWorld, login, PULL_SECRET } from '../support/world.ts';
import type { World } from '../support/world.ts';
import { key, passwordIn, recordOf, serveByKey, stored } from './stored-tokens.cases.ts';

const HOST = 'de.icr.io';
const OTHER = 'us.icr.io';
const HUB = 'docker.io';
const MINUTE = 60_000;
/** A long step, and yet within the deadline of a request that has only just been sent. */
const LONG_MS = 20_000;

/** Two conditions that say the same are one Event. */
const warningsOf = async (world: World, reason: string) =>
  (await world.admin.list('Event')).filter((event) => event['reason'] === reason && event['type'] === 'Warning');

/** Answers that are no token, and what they are called. */
const MALFORMED: Readonly<Record<string, string>> = {
  HTML: '<html>SECRET-ECHO</html>',
  null: 'null',
  'a list': '[]',
  'a string': '"x"',
  'a cut text': '{"token":"SECRET-ECHO',
  'a byte order mark': '\uFEFF{"username":"u","token":"abc","expires_in":3600}',
  'one field twice': '{"username":"u","token":"SECRET-ECHO","token":"abc","expires_in":3600}',
  'deep nesting': '['.repeat(100_000),
  'more than 256 KiB': JSON.stringify({ username: 'u', token: 'x', pad: 'y'.repeat(300_000) }),
  'no token': '{"username":"u","expires_in":3600}',
  'a token with a newline': '{"username":"u","token":"a\\nb","expires_in":3600}',
  'a user name with a colon': '{"username":"a:b","token":"abc","expires_in":3600}',
  'a negative life': '{"username":"u","token":"abc","expires_in":-5}',
  'milliseconds for seconds': '{"username":"u","token":"abc","expires_in":3600000}',
};

export function describeTokenEndpointSandboxOnly(open: OpenTarget): void {
  describe('a token endpoint that fails', () => {
    const fails = (title: string, script: (cloud: Cloud) => Script, reason: string | RegExp): void => {
      it(title, () =>
        withCloud(
          open,
          async (world, cloud) => {
            const namespace = await serveByKey(world);
            const before = await world.secret(namespace);
            cloud.script(script(cloud));
            await refresh(world, '1');

            await becomes(world, 'LastGood');
            assert.match((await issuedBy(world))?.message ?? '', new RegExp(reason));
            assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
            assert.deepEqual(await world.secret(namespace), before, 'the Secret was written');
            assert.ok(!(world.logs() + JSON.stringify(await world.status('cluster', 'main'))).includes('SECRET-ECHO'));

            cloud.script();
            await heals(world, cloud, namespace);
            assert.equal((await events(world, 'LastGood')).length, 1);
          },
          { parts: { issueDeadlineMs: 1000 } },
        ),
      );
    };
    fails('F74: never answers: a deadline ends it', () => () => undefined, 'can not be reached');
    fails('F76: is down', () => (_, response) => answer(response, 500), 'HTTP 500');
    fails(
      'F76: resets in the body',
      () => (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setTimeout(() => response.destroy(), 10);
      },
      'can not be reached',
    );
    fails(
      'F77: throttles',
      () => (_, response) => answer(response, 429, '{}', { 'retry-after': '2' }),
      'limits token calls',
    );
    fails('F79: refuses the key', () => (_, response) => answer(response, 401), 'is wrong, deleted');
    fails('F79: has no right for it', () => (_, response) => answer(response, 403), 'may not get a token');
    fails(
      'F82: gives a token that is over',
      (cloud) => (_, response) => cloud.give(response, { expires_in: 30 }),
      'gave a token that expires',
    );
    fails(
      'F88: redirects: nobody follows',
      () => (_, response) => answer(response, 302, '', { location: 'http://169.254.169.254/' }),
      'can not be reached',
    );
    fails(
      'F99: echoes what was sent',
      () =>
        ({ secret }, response) =>
          answer(response, 400, `SECRET-ECHO ${secret}`),
      'may not',
    );
    for (const [what, body] of Object.entries(MALFORMED))
      fails(`F75, F80: answers with ${what}`, () => (_, response) => answer(response, 200, body), 'no token');

    it('F76: down, cut and lying for a while: the ladder is climbed once, told of once, and left at the first success', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const before = await world.secret(namespace);
        const STEP_MS = 5000;
        const times: number[] = [];
        const tries =
          (script: Script): Script =>
          (...asked) => {
            times.push(world.clock.monotonicMs());
            script(...asked);
          };
        const faults: readonly Script[] = [
          ...Array.from({ length: 5 }, (): Script => (_, response) => answer(response, 500)),
          (_, response) => {
            response.writeHead(200, { 'content-length': '100' }).write('{');
            setTimeout(() => response.destroy(), 10);
          },
          (_, response) => {
            response.writeHead(200, { 'content-length': '9' });
            response.strictContentLength = false;
            response.socket?.end('{"token":"x","username":"y","expires_in":3600}');
          },
        ];
        cloud.script(
          tries((asked, response, call) => faults[times.length - 1]?.(asked, response, call) ?? cloud.give(response)),
        );
        await refresh(world, '1');
        await becomes(world, 'LastGood');
        await later(world, 1000, () => times.length > 1);
        assert.deepEqual(await world.secret(namespace), before);
        await later(world, STEP_MS, () => times.length === faults.length + 1);
        await heals(world, cloud, namespace);
        const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
        gaps.forEach((gap, attempt) => {
          const ceiling = Math.min(5000 * 2 ** attempt, 10 * MINUTE);
          assert.ok(gap >= 2000 - 1 && gap <= ceiling + 2 * STEP_MS, `gap ${attempt} is ${gap} ms`);
        });
        assert.ok(Math.max(...gaps) > 5000, 'the ladder was not climbed');
        assert.equal((await events(world, 'LastGood')).length, 1);

        times.length = 0;
        cloud.script(tries((_, response) => answer(response, 500)));
        await refresh(world, '2');
        await later(world, 1000, () => times.length === 2);
        assert.ok((times[1] ?? 0) - (times[0] ?? 0) <= 5000 + 2 * STEP_MS, 'the ladder did not start anew');
      })).timeout(60_000);

    it('F74: others are not delayed by a call that hangs, and none is counted as under way after it', () =>
      withCloud(
        open,
        async (world, cloud) => {
          cloud.script(() => undefined);
          for (const name of Array.from({ length: 12 }, (_, index) => `slow-${index}`)) {
            const tenant = await world.namespace(name);
            await world.grantInputs(tenant);
            await key(world, 'hangs', tenant);
            await world.tenant(tenant, 'main', { provider: byKey(world.name('hangs'), OTHER) });
          }
          await world.source('static', { [HUB]: login('bot') });
          await world.cluster('static');
          await world.start();
          await eventually(async () => (await issuedBy(world, 'static'))?.reason === 'Issued');
          await eventually(
            async () => (await world.metrics()).includes('regcred_provider_inflight{provider="icr"} 0'),
            {
              timeoutMs: 20_000,
            },
          );
        },
        { parts: { issueDeadlineMs: 1000 } },
      )).timeout(60_000);

    it('F77: a pause that was asked for is kept', () =>
      withCloud(open, async (world, cloud) => {
        await serveByKey(world);
        cloud.script((_, response) => answer(response, 429, '{}', { 'retry-after': '120' }));
        await refresh(world, '1');
        await becomes(world, 'LastGood');
        const calls = cloud.calls.length;
        const from = world.clock.monotonicMs();
        await later(world, 2000, () => cloud.calls.length > calls);
        assert.ok(world.clock.monotonicMs() - from >= 115_000);
      }));

    it('F78: a throttled account pauses neither another account nor another tenant', async () => {
      const sound: StubHandler = (_, response) => json(response, 200, { access_token: 'a-token', expires_in: 3600 });
      const iam = await startHttpStub(sound);
      const callsBy = (apiKey: string): number =>
        iam.requests.filter(({ body }) => new URLSearchParams(body).get('apikey') === apiKey).length;
      const operatorConfig = readOperatorConfig({ endpoints: { 'ibm-iam': iam.url.href } });
      const verifier = { verify: () => Promise.resolve(undefined) };
      try {
        await inWorld(open, { parts: { operatorConfig, verifier } }, async (world) => {
          await serveByKey(world); // its API key: `key`
          await key(world, 'two');
          await world.cluster('two', { provider: byKey(world.name('two'), OTHER) });
          await becomes(world, 'Issued', 'two');
          iam.use((request, response) =>
            request.body.endsWith('apikey=key')
              ? json(response, 429, {}, { 'retry-after': '3000' })
              : sound(request, response),
          );
          await refresh(world, '1');
          await becomes(world, 'LastGood');

          const tenant = await world.namespace('t');
          await world.grantInputs(tenant);
          await key(world, 'mine', tenant);
          await world.tenant(tenant, 'mine', { provider: byKey(world.name('mine'), HOST) });
          await refresh(world, '1', 'two');
          await eventually(() => callsBy('two') === 2);
          await eventually(() => callsBy('mine') === 1);
          await refresh(world, '2');
          await world.passes(MINUTE);
          assert.equal(callsBy('key'), 2);
        });
      } finally {
        await iam.close();
      }
    });

    it('F95: down at the start: Secrets and Ready stay, the failure is told', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const before = await world.secret(namespace);
        await world.stop();
        cloud.script((_, response) => answer(response, 503));
        await world.passes(40 * MINUTE);
        await world.start();
        await becomes(world, 'LastGood');
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        assert.deepEqual(await world.secret(namespace), before);
      }));

    it('F96: down past the expiry, a host without anonymous pulls keeps its bytes; one Warning at half, one at the end', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const before = await world.secret(namespace);
        cloud.script((_, response) => answer(response, 503));
        await later(world, LONG_MS, async () => (await issuedBy(world))?.reason === 'Expired');
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.reason, 'Expired');
        assert.deepEqual(await world.secret(namespace), before);
        await eventually(async () => (await warningsOf(world, 'Expired')).length === 1);
        assert.equal((await warningsOf(world, 'ExpiresSoon')).length, 1);
        cloud.script();
        await heals(world, cloud, namespace);
      })).timeout(60_000);

    it('F97: an expired login of a host with anonymous pulls leaves, and its public images can be pulled again', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        await world.source('hub', { [HUB]: login('hub-bot') });
        const end = new Date(world.clock.now().getTime() + 30 * MINUTE).toISOString();
        const metadata = { annotations: { 'regcred.dev/expires-at': end } };
        await world.admin.patch('Secret', world.name('hub'), { metadata }, world.operatorNamespace);
        await world.cluster('hub');
        await world.cluster('aws', { provider: byAmbient('public.ecr.aws') });
        await world.cluster('google', { provider: byGoogleAmbient('gcr.io') });
        const images = { 'nginx:1': 'hub-bot', 'public.ecr.aws/a/b': 'iambearer', 'gcr.io/a/b': 'iambearer' };
        for (const [image, user] of Object.entries(images))
          await later(world, 200, async () => (await world.oracle(namespace, image)) === user);
        const uid = (await world.secret(namespace))?.metadata.uid;

        cloud.script((_, response) => answer(response, 503));
        for (const image of Object.keys(images))
          await later(world, LONG_MS, async () => (await world.oracle(namespace, image)) === undefined);
        await becomes(world, 'Expired', 'aws');
        // one that has no anonymous pulls stays, though it is as dead
        assert.equal(await world.oracle(namespace, `${HOST}/a/b`), 'iambearer');
        assert.deepEqual(Object.keys((await world.auths(namespace)) ?? {}), [HOST]);

        await world.admin.patch(KIND, world.name('main'), { spec: { expiryPolicy: 'Remove' } });
        await later(world, 1000, async () => (await world.oracle(namespace, `${HOST}/a/b`)) === undefined);
        const secret = await eventually(() => world.secret(namespace));
        assert.deepEqual([configOf(secret), secret.metadata.uid], ['{"auths":{}}', uid]);
        assert.ok((await world.entries(namespace)).includes(PULL_SECRET));
      })).timeout(90_000);

    it('F97: with expiryPolicy Remove the expired host leaves, the Secret and its entry stay', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        const uid = (await world.secret(namespace))?.metadata.uid;
        await world.admin.patch(KIND, world.name('main'), { spec: { expiryPolicy: 'Remove' } });
        cloud.script((_, response) => answer(response, 503));
        await later(world, LONG_MS, async () => Object.keys((await world.auths(namespace)) ?? { x: 1 }).length === 0);
        assert.equal((await world.secret(namespace))?.metadata.uid, uid);
        assert.ok((await world.entries(namespace)).includes(PULL_SECRET));
        cloud.script();
        await heals(world, cloud, namespace);
      })).timeout(60_000);

    it('F98: of several registries one fails: the good are refreshed, the bad keeps its last until it ends', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world, HOST, OTHER);
        const before = await passwordIn(world, namespace, OTHER);
        cloud.script(({ hosts }, response) => (hosts[0] === OTHER ? answer(response, 403) : cloud.give(response)));
        await refresh(world, '1');
        await becomes(world, 'LastGood');
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens.at(-1));
        assert.equal(await passwordIn(world, namespace, OTHER), before);
        assert.equal((await world.condition('cluster', 'main', 'Ready'))?.status, 'True');
        await later(
          world,
          LONG_MS,
          async () => (await world.condition('cluster', 'main', 'Ready'))?.reason === 'PartialFailure',
        );
        const { registries = [] } = await world.status('cluster', 'main');
        assert.equal(registries.find(({ prefix }) => prefix === OTHER)?.reason, 'Expired');
        assert.equal(registries.find(({ prefix }) => prefix === HOST)?.reason, 'Issued');
      })).timeout(60_000);

    it("F100: the operator's own identity gone: only credentials that use it are affected", () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        cloud.script(({ secret }, response) => (secret === 'ambient' ? response.destroy() : cloud.give(response)));
        await world.cluster('ambient', { provider: byAmbient('111122223333.dkr.ecr.eu-west-1.amazonaws.com') });
        await becomes(world, 'AmbientUnavailable', 'ambient');
        await refresh(world, '1');
        await heals(world, cloud, namespace);
      }));
  });

  describe('what a token endpoint gives', () => {
    it('F83: a life that is missing or beyond belief is assumed', () =>
      withCloud(open, async (world, cloud) => {
        cloud.script((_, response) => cloud.give(response, { expires_in: undefined }));
        await serveByKey(world);
        await becomes(world, 'ExpiryAssumed');
        cloud.script((_, response) => cloud.give(response, { expires_in: 5 * 3600 }));
        await refresh(world, '1');
        await eventually(() => cloud.calls.length === 2);
        await becomes(world, 'ExpiryAssumed');
      })).timeout(60_000);

    it('F84: a life of 65 s is told of, and makes no hot loop', () =>
      withCloud(open, async (world, cloud) => {
        cloud.script((_, response) => cloud.give(response, { expires_in: 65 }));
        await serveByKey(world);
        await becomes(world, 'LifetimeTooShort');
        const [calls, from] = [cloud.calls.length, world.clock.monotonicMs()];
        await later(world, 1000, () => cloud.calls.length >= calls + 3);
        assert.ok(world.clock.monotonicMs() - from >= 60_000);
        assert.equal((await events(world, 'LifetimeTooShort')).length, 1);
      }));

    it("F86: the provider's clock is an hour off: the token is refreshed before its real end", () =>
      withCloud(open, async (world, cloud) => {
        cloud.script((_, response) => {
          const theirs = world.clock.now().getTime() + 60 * MINUTE;
          response.setHeader('date', new Date(theirs).toUTCString());
          cloud.give(response, { exp: Math.floor(theirs / 1000) + 3600 });
        });
        await serveByKey(world);
        const { expirationTime = '', nextRefreshTime = '' } = await world.status('cluster', 'main');
        const life = Date.parse(expirationTime) - world.clock.now().getTime();
        assert.ok(life > 58 * MINUTE && life <= 61 * MINUTE, `${life}`);
        assert.ok(Date.parse(nextRefreshTime) < Date.parse(expirationTime) - 20 * MINUTE);
        const [, seconds] =
          /regcred_provider_clock_skew_seconds\{provider="icr"\} (\d+)/.exec(await world.metrics()) ?? [];
        assert.ok(Math.abs(Number(seconds) - 3600) < 60, seconds);
        assert.equal(world.logs().match(/The clocks of this node and of a provider differ/g)?.length, 1);
      }));

    it('F87: the same token again is not written, one that ends earlier neither', () =>
      withCloud(open, async (world, cloud) => {
        const same = 'CANARY-same-token-again';
        cloud.script((_, response) => cloud.give(response, { token: same }));
        const namespace = await serveByKey(world);
        const before = await world.secret(namespace);
        await refresh(world, '1');
        await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '1');
        cloud.script((_, response) => cloud.give(response, { expires_in: 600 }));
        await refresh(world, '2');
        await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '2');
        assert.equal(cloud.calls.length, 3);
        assert.deepEqual(await world.secret(namespace), before);

        await key(world, 'key', world.operatorNamespace, 'changed'); // another identity: the new one counts
        await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[3]);
      }));

    it('F91: credentials that expire together are renewed within the limits, one call an identity', () =>
      withCloud(open, async (world, cloud) => {
        const names = Array.from({ length: 30 }, (_, index) => `many-${index}`);
        await key(world, 'key');
        for (const name of names) await key(world, name);
        for (const name of names) await world.cluster(name, { provider: byKey(world.name(name), HOST) });
        const sharers = ['one', 'two', 'three'];
        for (const name of sharers) await world.cluster(name, { provider: byKey(world.name('key'), OTHER) });
        await world.start();
        await later(world, 1000, async () =>
          (await Promise.all([...names, ...sharers].map((name) => issuedBy(world, name)))).every(
            (one) => one?.reason === 'Issued',
          ),
        );
        assert.equal(cloud.calls.filter(({ secret }) => secret === 'key').length, 1);
        assert.equal(cloud.calls.length, 31);
        await later(world, 15_000, () => cloud.calls.length >= 62);
        assert.ok(cloud.inFlight.most <= 5);
        const ends = await Promise.all(names.map((name) => issuedBy(world, name)));
        assert.ok(ends.every((one) => one?.status === 'True'));
      })).timeout(90_000);

    it('F92: each of two credentials gets its own token, however they interleave', () =>
      withCloud(open, async (world, cloud) => {
        cloud.script(({ secret }, response) =>
          cloud.give(response, { token: `CANARY-${secret}-${cloud.calls.length}` }),
        );
        const namespace = await serveByKey(world);
        await key(world, 'two');
        await world.cluster('two', { provider: byKey(world.name('two'), OTHER) });
        await becomes(world, 'Issued', 'two'); // a request that comes with the first issue is one call with it
        for (let round = 1; round <= 10; round += 1) {
          await Promise.all([refresh(world, `${round}`), refresh(world, `${round}`, 'two')]);
          // limits and back-offs are of the world's time
          await later(world, 200, () => cloud.calls.filter(({ secret }) => secret === 'two').length > round);
        }
        await later(world, 200, async () => (await passwordIn(world, namespace, OTHER)).startsWith('CANARY-two-'));
        assert.ok((await passwordIn(world, namespace)).startsWith('CANARY-key-'));
      }));

    it('F94: an answer that comes after a change, or a deletion, is dropped', () =>
      withCloud(open, async (world, cloud) => {
        const namespace = await serveByKey(world);
        let release: (() => void) | undefined;
        cloud.script((_, response) => void (release = () => cloud.give(response)));
        await refresh(world, '1');
        await eventually(() => release !== undefined);
        cloud.script();
        await world.admin.patch(KIND, world.name('main'), { spec: { provider: byKey(world.name('key'), OTHER) } });
        await eventually(async () => (await passwordIn(world, namespace, OTHER)) === cloud.tokens[1]);
        release?.();
        await eventually(() => cloud.tokens.length === 3);
        await world.inTime(async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True');
        assert.deepEqual(Object.keys((await world.auths(namespace)) ?? {}), [OTHER]);
        assert.ok(!JSON.stringify(recordOf(await stored(world))).includes(cloud.tokens[2] ?? ''));
      }));

    it('F101: a static source has no refresh; regcred.dev/expires-at bounds it, garbage there is told', () =>
      withCloud(open, async (world) => {
        const namespace = await world.namespace('a');
        await world.source('main', { [HOST]: login('bot') });
        await world.cluster('main');
        await world.start();
        await becomes(world, 'Issued');
        await world.inTime(async () => (await world.condition('cluster', 'main', 'Synced'))?.status === 'True');
        const before = await world.status('cluster', 'main');
        assert.deepEqual([before.nextRefreshTime, before.expirationTime], [undefined, undefined]);
        const ofSource = { verb: 'get', resource: 'secrets', namespace: world.operatorNamespace } as const;
        const reads = world.proxy.count(ofSource);
        world.writes();
        world.clock.jumpWallClock(365 * 24 * 60 * MINUTE);
        await world.passes(25 * 60 * MINUTE); // longer than any timer
        await world.inTime(() => world.proxy.openWatches({ resource: 'secrets' }) >= 2); // they were reopened meanwhile
        assert.deepEqual([world.writes(), world.proxy.count(ofSource)], [[], reads], 'a year brought something');
        assert.deepEqual(await world.status('cluster', 'main'), before);
        await world.source('main', { [HOST]: login('rotated') });
        await later(world, 1000, async () => (await world.oracle(namespace, `${HOST}/a`)) === 'rotated');
        const annotate = (value: string) =>
          world.admin.patch(
            'Secret',
            world.name('main'),
            { metadata: { annotations: { 'regcred.dev/expires-at': value } } },
            world.operatorNamespace,
          );
        await annotate('tomorrow');
        await eventually(async () => ((await issuedBy(world))?.message ?? '').includes('no RFC 3339 time'));
        const end = new Date(world.clock.now().getTime() + 10 * MINUTE).toISOString();
        await annotate(end);
        await eventually(async () => (await world.status('cluster', 'main')).expirationTime === end);
        const series = `regcred_token_expiry_timestamp_seconds{kind="${KIND}",namespace="",name="${world.name('main')}"}`;
        await eventually(async () => (await world.metrics()).includes(`${series} ${Date.parse(end) / 1000}`));
        await later(world, 5000, async () => (await issuedBy(world))?.reason === 'Expired');
        await eventually(async () => (await warningsOf(world, 'Expired')).length === 1);
      })).timeout(60_000);

    it('F101: the end of a Secret that tokens are asked for with is told seven days ahead, once', () =>
      withCloud(open, async (world) => {
        await serveByKey(world);
        const end = new Date(world.clock.now().getTime() + (7 * 24 * 60 + 30) * MINUTE).toISOString();
        await world.admin.patch(
          'Secret',
          world.name('key'),
          { metadata: { annotations: { 'regcred.dev/expires-at': end } } },
          world.operatorNamespace,
        );
        await refresh(world, '1');
        await world.inTime(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '1');
        assert.deepEqual(await warningsOf(world, 'ExpiresSoon'), []);

        await later(world, LONG_MS, async () =>
          ((await issuedBy(world))?.message ?? '').includes(`secret ends ${end}`),
        );
        await refresh(world, '2');
        await world.inTime(async () => (await world.status('cluster', 'main')).lastHandledRefresh === '2');
        await eventually(async () => (await warningsOf(world, 'ExpiresSoon')).length === 1);
        const { expirationTime = '' } = await world.status('cluster', 'main');
        assert.ok(expirationTime < end, "the token's own end is not shown");
      })).timeout(60_000);

    it('F102: each new value of regcred.dev/refresh is one issue; a suspended credential does it when resumed', () =>
      withCloud(open, async (world, cloud) => {
        await serveByKey(world);
        for (const [index, value] of ['1', 'garbage', 'once more'].entries()) {
          await refresh(world, value);
          await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === value);
          assert.equal(cloud.calls.length, index + 2);
        }
        await refresh(world, 'once more');
        await world.admin.patch(KIND, world.name('main'), { spec: { suspend: true } });
        await becomes(world, 'Suspended');
        await refresh(world, 'later');
        await world.passes(MINUTE);
        assert.equal(cloud.calls.length, 4);
        await world.admin.patch(KIND, world.name('main'), { spec: { suspend: false } });
        await eventually(async () => (await world.status('cluster', 'main')).lastHandledRefresh === 'later');
        assert.equal(cloud.calls.length, 5);
        const counted = 'regcred_token_refresh_total{provider="icr",result="success"} 5';
        assert.ok((await world.metrics()).includes(counted), 'each call is counted once, and nothing else');
      }));
  });
}
