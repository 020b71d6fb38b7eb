// Logins that the user already has: a docker config, or a user name and a password. No cloud is asked; read this one first.
import { issueFailure } from '../api/reasons.ts';
import type { StaticBasic, StaticSpec } from '../api/registry-credential.ts';
import { canonicalPrefix } from '../lib/docker-config.ts';
import { expiryOf } from '../lib/jwt.ts';
import type { Login } from '../lib/keyring.ts';
import { sensitive } from '../lib/sensitive.ts';
import type { InputRef, IssueRequest, IssueResult, Provider, RegistryToken } from './provider.ts';
import { problemOf } from './static/login.ts';
import { readSource } from './static/source.ts';
import type { Source } from './static/source.ts';

export type StaticInput = 'dockerConfig' | 'username' | 'password';

type Request = IssueRequest<StaticSpec, StaticInput>;

const LARGEST_PASSWORD = 256 * 1024;

export const staticProvider: Provider<StaticSpec, StaticInput> = {
  offline: true,
  inputs({ auth }): Partial<Record<StaticInput, InputRef>> {
    if (auth.basic) return basicInputs(auth.basic);
    return { dockerConfig: { kind: 'DockerConfig', name: auth.dockerConfig.secretRef.name } };
  },
  issue(request): Promise<readonly IssueResult[]> {
    const { auth } = request.spec;
    const results = auth.basic ? issueBasic(auth.basic, request) : issueFrom(auth.dockerConfig.secretRef.name, request);
    return Promise.resolve(results);
  },
};

function basicInputs({ username, secretRef, keys }: StaticBasic): Partial<Record<StaticInput, InputRef>> {
  const password: InputRef = { kind: 'SecretKey', name: secretRef.name, key: keys.password };
  if (username !== undefined) return { password };
  return { password, username: { kind: 'SecretKey', name: secretRef.name, key: keys.username } };
}

function issueBasic(basic: StaticBasic, { spec, inputs }: Request): readonly IssueResult[] {
  const prefixes = (spec.registries ?? []).map(({ prefix }) => prefix);
  const login = {
    username: basic.username ?? withoutNewline(inputs.username?.reveal() ?? ''),
    password: withoutNewline(inputs.password?.reveal() ?? ''),
  };
  const problem = login.password.length > LARGEST_PASSWORD ? { field: 'password' as const } : problemOf(login);
  if (!problem) return [tokenFor(prefixes, login, basic.username ?? null)];
  const what = problem.field === 'username' ? 'user name' : 'password';
  return [issueFailure('InputInvalid', prefixes, { name: basic.secretRef.name, key: basic.keys[problem.field], what })];
}

function issueFrom(name: string, { spec, inputs }: Request): readonly IssueResult[] {
  const source = readSource(inputs.dockerConfig?.reveal() ?? '', name);
  if ('kind' in source) return [source];
  const warnings = source.warnings.map((message): IssueResult => ({ kind: 'warning', message }));
  return [...warnings, ...(spec.registries ? issuePicked(source, spec.registries) : issueAll(source))];
}

function issuePicked(source: Source, registries: NonNullable<StaticSpec['registries']>): readonly IssueResult[] {
  return registries.map(({ prefix }) => {
    const found = source.entries.get(canonicalPrefix(prefix) ?? prefix) ?? source.missing(prefix);
    return 'kind' in found ? { ...found, prefixes: [prefix] } : tokenFor([prefix], found, null);
  });
}

function issueAll(source: Source): readonly IssueResult[] {
  if (source.entries.size === 0) return [source.missing(undefined)];
  return [...source.entries].map(([prefix, found]) => ('kind' in found ? found : tokenFor([prefix], found, null)));
}

/** A user name from a Secret is not shown as the principal: some registries take the token itself for it. */
function tokenFor(prefixes: readonly string[], login: Login, principal: string | null): RegistryToken {
  const expiresAt = expiryOf(login.password) ?? null;
  const expirySource = expiresAt ? 'jwt' : 'none';
  return {
    kind: 'token',
    prefixes,
    username: login.username,
    password: sensitive(login.password),
    expiresAt,
    expirySource,
    principal,
  };
}

/** Editors and `echo` end a file with a newline; a key file has newlines of its own and stays as it is. */
function withoutNewline(text: string): string {
  const line = text.replace(/\r?\n$/, '');
  return line.includes('\n') ? text : line;
}
