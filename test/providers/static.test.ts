import assert from 'node:assert/strict';
import { messageFor } from '../../src/api/reasons.ts';
import type { StaticSpec } from '../../src/api/registry-credential.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import type { InputRef, IssueFailure, IssueResult, RegistryToken } from '../../src/providers/provider.ts';
import { providerContext } from '../support/provider-context.ts';
import { staticProvider } from '../../src/providers/static.ts';
import type { StaticInput } from '../../src/providers/static.ts';
import { readSample } from '../support/sample.ts';
import type { Sample } from '../support/sample.ts';
import { describeProvider } from './conformance.ts';

const CANARY = 'CANARY-5up3rs3cr3t';

interface Options {
  readonly registries?: readonly string[];
  readonly username?: string;
}

function dockerConfigSpec({ registries }: Options = {}): StaticSpec {
  return {
    auth: { dockerConfig: { secretRef: { name: 'logins' } } },
    ...(registries && { registries: registries.map((prefix) => ({ prefix })) }),
  };
}

function basicSpec({ registries = ['reg.io'], username }: Options = {}): StaticSpec {
  const keys = { username: 'username', password: 'password' };
  return {
    auth: { basic: { secretRef: { name: 'login' }, keys, ...(username !== undefined && { username }) } },
    registries: registries.map((prefix) => ({ prefix })),
  };
}

function configText(auths: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ auths });
}

function issue(
  spec: StaticSpec,
  texts: Readonly<Partial<Record<StaticInput, string>>>,
): Promise<readonly IssueResult[]> {
  const inputs = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sensitive(text)]));
  const context = providerContext({ fetch: () => assert.fail('static makes no calls') });
  return staticProvider.issue({ spec, inputs, context });
}

async function issueFrom(dockerConfig: string, options: Options = {}): Promise<readonly IssueResult[]> {
  return issue(dockerConfigSpec(options), { dockerConfig });
}

function tokensOf(results: readonly IssueResult[]): readonly RegistryToken[] {
  return results.filter((result) => result.kind === 'token');
}

/** prefix, user and password of each token: what a case is about. */
function loginsOf(results: readonly IssueResult[]): readonly string[] {
  return tokensOf(results).map(
    ({ prefixes, username, password }) => `${prefixes.join(' ')} ${username}:${password.reveal()}`,
  );
}

function failuresOf(results: readonly IssueResult[]): readonly string[] {
  const failures = results.filter((result): result is IssueFailure => result.kind === 'failure');
  return failures.map(({ reason, facts }) => `${reason}: ${messageFor(reason, facts)}`);
}

describeProvider('static docker config', staticProvider, {
  one: {
    spec: dockerConfigSpec(),
    inputs: {
      dockerConfig: configText({
        'https://index.docker.io/v1/': { username: 'hub', password: CANARY },
        'ghcr.io': { auth: Buffer.from(`bot:${CANARY}`).toString('base64') },
      }),
    },
    prefixes: ['docker.io', 'ghcr.io'],
  },
  other: {
    spec: dockerConfigSpec({ registries: ['ghcr.io'] }),
    inputs: { dockerConfig: configText({ 'ghcr.io': { username: 'other', password: 'p' } }) },
    prefixes: ['ghcr.io'],
  },
});

describeProvider('static basic', staticProvider, {
  one: { spec: basicSpec(), inputs: { username: 'CANARY-user', password: CANARY }, prefixes: ['reg.io'] },
  other: { spec: basicSpec({ username: 'other' }), inputs: { password: 'p' }, prefixes: ['reg.io'] },
});

/** As the engine reads them: the docker config under the key of the Secret's type. */
function inputsFrom(spec: StaticSpec, { secrets }: Sample): Partial<Record<StaticInput, string>> {
  const texts = Object.entries<InputRef>(staticProvider.inputs(spec)).map(([input, ref]) => {
    assert.ok(ref.kind === 'SecretKey' || ref.kind === 'DockerConfig');
    const data = secrets.get(ref.name)?.stringData ?? {};
    return [input, data[ref.kind === 'SecretKey' ? ref.key : '.dockerconfigjson']];
  });
  return Object.fromEntries(texts) as Partial<Record<StaticInput, string>>;
}

describe('static', () => {
  it('publishes what its sample says', async () => {
    const sample = readSample('static');
    const specs = sample.credentials.map(({ spec }) => spec.provider.static ?? assert.fail('not static'));
    const results = await Promise.all(specs.map((spec) => issue(spec, inputsFrom(spec, sample))));
    assert.deepEqual(results.map(loginsOf), [
      ['docker.io example-org:example-access-token', 'ghcr.io example-bot:example-classic-token'],
      ['registry.example.com:5000/team-a team-a-robot:example-robot-secret'],
    ]);
  });

  describe('inputs', () => {
    it('reads the docker config of one Secret', () => {
      assert.deepEqual(staticProvider.inputs(dockerConfigSpec()), {
        dockerConfig: { kind: 'DockerConfig', name: 'logins' },
      });
    });

    it('reads user name and password, and the user name only where the spec has none', () => {
      const password = { kind: 'SecretKey', name: 'login', key: 'password' };
      const username = { kind: 'SecretKey', name: 'login', key: 'username' };
      assert.deepEqual(staticProvider.inputs(basicSpec()), { password, username });
      assert.deepEqual(staticProvider.inputs(basicSpec({ username: 'u' })), { password });
    });
  });

  describe('basic', () => {
    it('gives one login to all prefixes, as the spec spells them', async () => {
      const results = await issue(basicSpec({ registries: ['a.io', 'b.io/team'], username: 'u' }), { password: 'p' });
      assert.deepEqual(loginsOf(results), ['a.io b.io/team u:p']);
    });

    it('takes one newline off the end of a line', async () => {
      assert.deepEqual(loginsOf(await issue(basicSpec(), { username: 'u\n', password: 'p\r\n' })), ['reg.io u:p']);
      assert.deepEqual(loginsOf(await issue(basicSpec(), { username: 'u', password: 'p \n' })), ['reg.io u:p ']);
    });

    it('leaves a key file as it is', async () => {
      const keyFile = '{\n  "type": "service_account"\n}\n';
      const results = await issue(basicSpec({ username: '_json_key' }), { password: keyFile });
      assert.equal(tokensOf(results)[0]?.password.reveal(), keyFile);
    });

    it('shows a user name of the spec as the principal, never one from the Secret', async () => {
      const shown = await issue(basicSpec({ username: 'u' }), { password: 'p' });
      const hidden = await issue(basicSpec(), { username: CANARY, password: 'p' });
      assert.deepEqual([tokensOf(shown)[0]?.principal, tokensOf(hidden)[0]?.principal], ['u', null]);
    });

    for (const [title, inputs, key] of [
      ['an empty password', { username: 'u', password: '\n' }, 'password'],
      ['a NUL in the password', { username: 'u', password: `${CANARY}\0x` }, 'password'],
      ['a password of 300 KiB', { username: 'u', password: CANARY.repeat(20_000) }, 'password'],
      ['a colon in the user name', { username: `${CANARY}:x`, password: 'p' }, 'username'],
      ['an empty user name', { username: '', password: 'p' }, 'username'],
      ['two lines in the user name', { username: `u\n${CANARY}\n`, password: 'p' }, 'username'],
      ['a password that is not UTF-8', { username: 'u', password: `${CANARY}\ufffd` }, 'password'],
    ] as const) {
      it(`F223: refuses ${title}, and does not quote it`, async () => {
        const [failure] = failuresOf(await issue(basicSpec(), inputs));
        const what = key === 'username' ? 'user name' : 'password';
        assert.equal(failure, `InputInvalid: Key "${key}" of Secret "login" is not a valid ${what}`);
      });
    }
  });

  describe('expiry', () => {
    const claims = Buffer.from(JSON.stringify({ exp: 1_900_000_000 })).toString('base64url');

    it('F101: a password that says no end does not expire', async () => {
      const [token] = tokensOf(await issue(basicSpec({ username: 'u' }), { password: 'p' }));
      assert.deepEqual([token?.expiresAt, token?.expirySource], [null, 'none']);
    });

    it('takes the end of a password that is a JWT', async () => {
      const [token] = tokensOf(await issue(basicSpec({ username: 'u' }), { password: `e30.${claims}.c2ln` }));
      assert.deepEqual([token?.expiresAt, token?.expirySource], [new Date(1_900_000_000_000), 'jwt']);
    });
  });

  describe('docker config', () => {
    it('publishes every entry where the spec names no registries', async () => {
      const results = await issueFrom(
        configText({
          'https://index.docker.io/v1/': { auth: 'dTpwcA==' },
          'GHCR.io/': { username: 'a', password: 'b:c' },
          'https://reg.io:443/v2/': { auth: 'dTpwcA' },
          'reg.io/team': { auth: 'dDpxcQ==' },
        }),
      );
      assert.deepEqual(loginsOf(results), ['docker.io u:pp', 'ghcr.io a:b:c', 'reg.io u:pp', 'reg.io/team t:qq']);
      assert.equal(results.length, 4);
    });

    it('publishes only what the spec names, whatever the rest is like', async () => {
      const text = configText({ 'reg.io': { auth: 'dTpwcA==' }, 'bad.io': { auth: '!' }, 'other.io': {} });
      const results = await issueFrom(text, { registries: ['reg.io'] });
      assert.deepEqual(loginsOf(results), ['reg.io u:pp']);
      assert.equal(results.length, 1);
    });

    it('names a prefix that the source lacks, and publishes the others', async () => {
      const text = configText({ 'reg.io': { auth: 'dTpwcA==' } });
      const results = await issueFrom(text, { registries: ['reg.io', 'reg.io/team'] });
      assert.deepEqual(loginsOf(results), ['reg.io u:pp']);
      assert.deepEqual(failuresOf(results), [
        'InputInvalid: Secret "logins" has no entry for reg.io/team; add it, or take the prefix out of registries',
      ]);
    });

    it('keeps a good entry beside a bad one', async () => {
      const results = await issueFrom(configText({ 'bad.io': { auth: CANARY }, 'reg.io': { auth: 'dTpwcA==' } }));
      assert.deepEqual(loginsOf(results), ['reg.io u:pp']);
      const failure = results.find((result): result is IssueFailure => result.kind === 'failure');
      assert.deepEqual(failure?.prefixes, ['bad.io']);
    });

    it('finds Docker Hub for the prefix docker.io under any of its names', async () => {
      for (const host of ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1']) {
        const results = await issueFrom(configText({ [host]: { auth: 'dTpwcA==' } }), { registries: ['docker.io'] });
        assert.deepEqual(loginsOf(results), ['docker.io u:pp']);
      }
    });

    it('holds __proto__ to be a host like others', async () => {
      const results = await issueFrom('{"auths":{"__proto__":{"auth":"dTpwcA=="}}}');
      assert.deepEqual(loginsOf(results), ['__proto__ u:pp']);
    });

    it('reads the same file to the same results', async () => {
      const text = configText({ 'b.io': { auth: 'dTpwcA==' }, 'a.io': {} });
      assert.deepEqual(failuresOf(await issueFrom(text)), failuresOf(await issueFrom(text)));
    });
  });
});
