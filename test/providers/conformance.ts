// What holds for every provider. A provider's own test calls describeProvider() and then holds only what is special to it.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { retryClassOf } from '../../src/api/reasons.ts';
import { authEntry, canonicalPrefix, encodeDockerConfig, writtenKeys } from '../../src/lib/docker-config.ts';
import { lookupCredentials } from '../../src/lib/keyring.ts';
import { sensitive } from '../../src/lib/sensitive.ts';
import type { Sensitive } from '../../src/lib/sensitive.ts';
import type {
  IssueFailure,
  IssueResult,
  Provider,
  ProviderContext,
  RegistryToken,
} from '../../src/providers/provider.ts';
import { eventually } from '../support/eventually.ts';
import { json, startHttpStub } from '../support/http-stub.ts';
import { providerContext } from '../support/provider-context.ts';
import type { HttpStub, StubHandler, StubRequest } from '../support/http-stub.ts';

/** A credential: its spec, and the text of each input that the engine would read for it. */
export interface ProviderCase<Spec, Input extends string> {
  readonly spec: Spec;
  readonly inputs: Readonly<Partial<Record<Input, string>>>;
  /** What a good issue gives tokens for. */
  readonly prefixes: readonly string[];
}

/** The cloud behind a provider, for those that ask one. */
export interface Cloud {
  /** Answers as the cloud does. The token tells whose it is, so that mixed-up answers are seen. */
  readonly good: StubHandler;
  /** The vendor's body for a refusal. */
  readonly refuse: (response: ServerResponse, status: number, headers: Record<string, string>) => void;
  /** What is the same in calls of equal requests; default: method, path and body. Leave out signatures and times. */
  readonly essence?: (request: StubRequest) => unknown;
  /** How the calls come to the stub, where `endpoint` alone does not do it. */
  readonly context?: (stub: HttpStub) => Partial<ProviderContext>;
}

export interface ProviderCases<Spec, Input extends string> {
  readonly one: ProviderCase<Spec, Input>;
  /** Another tenant's: other prefixes, other inputs, another login. */
  readonly other: ProviderCase<Spec, Input>;
  readonly cloud?: Cloud;
}

/** Runs the common suite; `now` of the provider is the time of the test. */
export function describeProvider<Spec, Input extends string>(
  name: string,
  provider: Provider<Spec, Input>,
  cases: ProviderCases<Spec, Input>,
): void {
  describe(`${name}: as every provider`, () => {
    let stub: HttpStub;
    beforeEach(async () => {
      stub = await startHttpStub(cases.cloud?.good ?? ((_request, response) => void response.destroy()));
    });
    afterEach(() => stub.close());

    const issue: Issue<Spec, Input> = (which, parts = {}) =>
      provider.issue({
        spec: deepFreeze(structuredClone(which.spec)),
        inputs: sensitiveInputs(which.inputs),
        context: { ...contextFor(stub, cases.cloud), ...parts },
      });

    describeGoodIssue(provider, cases, { issue, stub: () => stub });
    if (cases.cloud) describeCloudFaults(cases, cases.cloud, { issue, stub: () => stub });
  });
}

type Issue<Spec, Input extends string> = (
  which: ProviderCase<Spec, Input>,
  parts?: Partial<ProviderContext>,
) => Promise<readonly IssueResult[]>;

interface Harness<Spec, Input extends string> {
  readonly issue: Issue<Spec, Input>;
  readonly stub: () => HttpStub;
}

function describeGoodIssue<Spec, Input extends string>(
  provider: Provider<Spec, Input>,
  { one, other, cloud }: ProviderCases<Spec, Input>,
  { issue, stub }: Harness<Spec, Input>,
): void {
  it('names its inputs by the spec alone, and all of them', () => {
    const spec = deepFreeze(structuredClone(one.spec));
    assert.deepEqual(provider.inputs(spec), provider.inputs(spec));
    const named = Object.keys(provider.inputs(spec));
    assert.deepEqual(
      Object.keys(one.inputs).filter((input) => !named.includes(input)),
      [],
    );
  });

  it('names no namespace', () => {
    assert.doesNotMatch(JSON.stringify(provider.inputs(one.spec)), /namespace/i);
  });

  it('issues usable tokens for the prefixes of the spec', async () => {
    const tokens = tokensOf(await issue(one));
    assert.deepEqual(tokens.flatMap(({ prefixes }) => prefixes).sort(), [...one.prefixes].sort());
    for (const token of tokens) assertUsable(token);
  });

  it('issues what a kubelet can use', async () => {
    for (const { prefixes, username, password } of tokensOf(await issue(one))) {
      const keys = prefixes.flatMap((prefix) => writtenKeys(canonicalPrefix(prefix) ?? assert.fail(prefix)));
      const text = encodeDockerConfig(new Map(keys.map((key) => [key, authEntry(username, password)])));
      const image = `${prefixes[0] ?? ''}/image`.replaceAll('*', 'x');
      const lookup = lookupCredentials([{ type: 'kubernetes.io/dockerconfigjson', data: text }], image);
      assert.ok(lookup.ok && lookup.credentials.length > 0);
      assert.deepEqual(lookup.credentials[0], { username, password: password.reveal() });
    }
  });

  it('shows no secret when its results are printed', async () => {
    const results = await issue(one);
    const usernames = tokensOf(results).map(({ username }) => username); // a part of the result, as text
    const passwords = tokensOf(results).map(({ password }) => password.reveal());
    const secrets = [...passwords, ...secretsOf(one)];
    assertHides(
      results,
      secrets.filter((secret) => !usernames.includes(secret)),
    );
  });

  it('makes equal calls and gives equal logins for equal requests', async () => {
    const essence = cloud?.essence ?? (({ method, path, body }: StubRequest) => ({ method, path, body }));
    const first = loginsOf(await issue(one));
    const calls = stub().requests.map(essence);
    const second = loginsOf(await issue(one));
    assert.deepEqual(second, first);
    assert.deepEqual(stub().requests.slice(calls.length).map(essence), calls);
  });

  it('never mixes two tenants who ask at the same time', async () => {
    const alone = [loginsOf(await issue(one)), loginsOf(await issue(other))];
    assert.notDeepEqual(alone[0], alone[1]);
    const both = Array.from({ length: 10 }, () => [issue(one), issue(other)]).flat();
    const together = (await Promise.all(both)).map(loginsOf);
    assert.deepEqual(
      together,
      together.map((_, index) => alone[index % 2]),
    );
  });

  it('answers without its inputs by a failure, not by throwing', async () => {
    const noInputs = {} as Readonly<Partial<Record<Input, string>>>;
    const results = await issue({ spec: one.spec, inputs: noInputs, prefixes: [] });
    const isAmbient = Object.keys(one.inputs).length === 0;
    assert.ok(isAmbient || results.some(({ kind }) => kind === 'failure'));
  });
}

function describeCloudFaults<Spec, Input extends string>(
  { one }: ProviderCases<Spec, Input>,
  cloud: Cloud,
  { issue, stub }: Harness<Spec, Input>,
): void {
  const failuresAfter = async (handler: StubHandler): Promise<readonly IssueFailure[]> => {
    stub().use(handler);
    const results = await issue(one);
    assertHides(results, secretsOf(one));
    const failures = results.filter((result) => result.kind === 'failure');
    assert.ok(failures.length > 0, 'the failure is not told');
    assert.ok(!results.some(({ kind }) => kind === 'token'), 'there is a token all the same');
    return failures;
  };

  for (const status of [401, 403]) {
    it(`tries again slowly after HTTP ${status}`, async () => {
      const failures = await failuresAfter((_request, response) => cloud.refuse(response, status, {}));
      assert.deepEqual([...new Set(failures.map(({ reason }) => retryClassOf(reason)))], ['slow']);
    });
  }

  it('waits as long as the cloud says when it is throttled', async () => {
    const failures = await failuresAfter((_request, response) => cloud.refuse(response, 429, { 'Retry-After': '120' }));
    assert.deepEqual(
      failures.map(({ reason, retryAfterMs }) => [reason, retryAfterMs]),
      failures.map(() => ['Throttled', 120_000]),
    );
  });

  for (const [fault, handler] of Object.entries(brokenAnswers)) {
    it(`backs off after ${fault}`, async () => {
      const failures = await failuresAfter(handler);
      assert.deepEqual([...new Set(failures.map(({ reason }) => retryClassOf(reason)))], ['backoff']);
    });
  }

  it('asks below the path of a configured endpoint', async () => {
    const { endpoint } = contextFor(stub(), cloud);
    stub().use((request, response) => {
      const path = request.path.replace(/^\/gateway\//, '/');
      return cloud.good({ ...request, path, url: new URL(path, request.url) }, response);
    });

    const results = await issue(one, { endpoint: (service) => endpoint(service) && new URL('/gateway/', stub().url) });

    assert.ok(tokensOf(results).length > 0);
    assert.deepEqual(
      stub()
        .requests.map(({ path }) => path)
        .filter((path) => !/^\/gateway\/(?!\/)/.test(path)),
      [],
    );
  });

  it('ends at once when it is told to', async () => {
    stub().use(() => undefined); // never answers
    const abort = new AbortController();
    const ended = issue(one, { signal: abort.signal }).then(
      (results) => results.every(({ kind }) => kind !== 'token'),
      () => true,
    );
    await eventually(() => stub().requests.length > 0);
    abort.abort();
    assert.equal(await ended, true);
  });
}

const brokenAnswers: Readonly<Record<string, StubHandler>> = {
  'HTTP 500': (_request, response) => json(response, 500, { message: 'x' }),
  'HTTP 503': (_request, response) => json(response, 503, {}),
  'a page of HTML': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Sign in</html>');
  },
  'JSON that is cut off': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"access_token":"x');
  },
  'an answer of null': (_request, response) => json(response, 200, null),
  'an answer that is a list': (_request, response) => json(response, 200, []),
  'a connection that is reset': (request) => {
    request.socket.resetAndDestroy();
  },
};

function contextFor(stub: HttpStub, cloud: Cloud | undefined): ProviderContext {
  return providerContext({ endpoint: () => stub.url, ...cloud?.context?.(stub) });
}

function sensitiveInputs<Input extends string>(
  inputs: Readonly<Partial<Record<Input, string>>>,
): Partial<Record<Input, Sensitive>> {
  const wrapped = Object.entries<string | undefined>(inputs).map(
    ([name, text]) => [name, sensitive(text ?? '')] as const,
  );
  return Object.fromEntries(wrapped) as Partial<Record<Input, Sensitive>>;
}

function secretsOf(which: ProviderCase<unknown, string>): readonly string[] {
  return Object.values(which.inputs).filter((text) => text !== undefined);
}

function tokensOf(results: readonly IssueResult[]): readonly RegistryToken[] {
  assert.deepEqual(
    results.filter(({ kind }) => kind === 'failure'),
    [],
  );
  return results.filter((result) => result.kind === 'token');
}

function loginsOf(results: readonly IssueResult[]): unknown {
  return tokensOf(results).map(({ prefixes, username, password }) => [prefixes, username, password.reveal()]);
}

function assertUsable({ prefixes, username, password, expiresAt }: RegistryToken): void {
  for (const prefix of prefixes) assert.match(prefix, /^[a-z0-9*[][^\s?#@]*$/);
  assert.ok(!prefixes.some((prefix) => prefix.includes('://') || prefix.endsWith('/')));
  assert.match(username, /^[^:\p{Cc}]+$/u);
  assert.notEqual(password.reveal(), '');
  assert.ok(!password.reveal().includes('\0') && password.reveal().isWellFormed());
  assert.ok(expiresAt === null || expiresAt.getTime() > Date.now());
}

/** Neither the secret nor its base64, in any of the ways in which a value may be printed. */
function assertHides(value: unknown, secrets: readonly string[]): void {
  const printed = [JSON.stringify(value), inspect(value, { depth: Infinity, showHidden: true }), String(value)].join(
    '\n',
  );
  for (const secret of secrets) {
    assert.ok(!printed.includes(secret), 'a secret is shown');
    assert.ok(!printed.includes(Buffer.from(secret).toString('base64')), 'a secret is shown as base64');
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const field of Object.values(value)) deepFreeze(field);
  return Object.freeze(value);
}
