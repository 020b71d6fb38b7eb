import assert from 'node:assert/strict';
import { readCredential } from '../../src/reconcile/credential.ts';
import type { Credential } from '../../src/reconcile/credential.ts';
import { clusterCredential, tenantCredential } from '../support/gen.ts';

const dockerConfig = { dockerConfig: { secretRef: { name: 'source' } } };

function prefixes(...list: readonly string[]): object {
  return { provider: { static: { auth: dockerConfig, registries: list.map((prefix) => ({ prefix })) } } };
}

describe('reading a credential', () => {
  it('names it by kind, namespace and name', () => {
    const { key, kind, namespace, provider } = tenantCredential({ namespace: 'team-b', name: 'x' });
    assert.deepEqual(
      [key, kind, namespace, provider],
      ['RegistryCredential/team-b/x', 'RegistryCredential', 'team-b', 'static'],
    );
    assert.equal(clusterCredential({ name: 'x' }).key, 'ClusterRegistryCredential/x');
  });

  it('F102: takes of a long request for a refresh as much as status can echo, in whole characters', () => {
    const requestOf = (value: string): string | undefined =>
      clusterCredential({ annotations: { 'regcred.dev/refresh': value } }).refreshRequest;

    assert.equal(requestOf('x'.repeat(200_000)), 'x'.repeat(256));
    assert.equal(requestOf(`${'x'.repeat(255)}\u{1f600}`), `${'x'.repeat(255)}\ufffd`);
    assert.equal(requestOf('now'), 'now');
  });

  it('has the defaults of the schema where an older object lacks them', () => {
    const { spec, problem } = clusterCredential({ spec: { serviceAccounts: { names: ['builder'] } } });
    assert.equal(problem, undefined);
    assert.equal(spec.secretName, 'regcred-managed');
    assert.deepEqual(spec.serviceAccounts, { policy: 'Attach', names: ['builder'] });
    assert.equal(spec.refresh.afterPercent, 50);
    assert.equal(spec.deletionPolicy, 'Delete');
  });

  it('counts as deleted with a deletionTimestamp', () => {
    assert.equal(clusterCredential({ deleted: true }).deleted, true);
    assert.equal(clusterCredential().deleted, false);
  });

  it('has another edition after an edit of spec, labels or annotations, and the same after a status write', () => {
    const metadata = { name: 'x', uid: 'u', resourceVersion: '1', generation: 1 };
    const edition = (differs: object): string =>
      readCredential('ClusterRegistryCredential', { metadata: { ...metadata, ...differs }, status: differs }).edition;
    assert.equal(edition({ resourceVersion: '2' }), edition({}));
    for (const edit of [{ generation: 2 }, { labels: { a: '1' } }, { annotations: { a: '1' } }]) {
      assert.notEqual(edition(edit), edition({}));
    }
  });

  for (const [one, other] of [
    ['docker.io', 'index.docker.io'],
    ['docker.io', 'registry-1.docker.io'],
    ['registry.example.com', 'registry.example.com/'],
    ['registry.example.com', 'REGISTRY.example.com'],
    ['registry.example.com', 'registry.example.com:443'],
    ['registry.example.com/a', 'registry.example.com/a/'],
  ] as const) {
    it(`F147: refuses "${one}" and "${other}" in one credential, and names both`, () => {
      const { problem } = clusterCredential({ spec: prefixes(one, 'quay.io', other) });
      assert.match(problem ?? '', /two spellings of one key/);
      assert.ok(problem?.includes(`"${one}"`));
      assert.ok(problem?.includes(`"${other}"`));
    });
  }

  it('F147: takes a path and its host, and two ports, for different keys', () => {
    const { problem } = clusterCredential({
      spec: prefixes('gcr.io', 'gcr.io/a', 'r.example.com', 'r.example.com:5000'),
    });
    assert.equal(problem, undefined);
  });
});

describe('a spec past the schema', () => {
  const namespaces = (value: unknown): Credential => clusterCredential({ spec: { namespaces: value } });
  const cases: Readonly<Record<string, readonly [Credential, RegExp]>> = {
    'no spec': [
      readCredential('ClusterRegistryCredential', { metadata: { name: 'x', uid: 'u', resourceVersion: '1' } }),
      /exactly one provider/,
    ],
    'two providers': [
      clusterCredential({ spec: { provider: { static: { auth: dockerConfig }, gar: { auth: {} } } } }),
      /exactly one provider/,
    ],
    'a provider that is a list': [clusterCredential({ spec: { provider: [] } }), /exactly one provider/],
    'no auth mode': [clusterCredential({ spec: { provider: { static: { auth: {} } } } }), /exactly one mode/],
    'registries as text': [
      clusterCredential({ spec: { provider: { static: { auth: dockerConfig, registries: 'x' } } } }),
      /must be a list/,
    ],
    'a prefix with a scheme that no kubelet can use': [
      clusterCredential({ spec: prefixes('https://') }),
      /HOST or HOST\/PATH/,
    ],
    'no namespaces': [namespaces(undefined), /spec.namespaces is missing/],
    'an empty selection': [namespaces({ names: [], selector: {} }), /selects nothing/],
    'names as text': [namespaces({ names: 'team-*' }), /list of strings/],
    'labels as text': [namespaces({ selector: { matchLabels: 'a=b' } }), /matchLabels must be a map/],
    'an unknown operator': [
      namespaces({ selector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } }),
      /unknown selector operator/,
    ],
    'In without values': [
      namespaces({ selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
      /need values/,
    ],
    'Exists with values': [
      namespaces({
        names: ['*'],
        exclude: { selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['1'] }] } },
      }),
      /take none/,
    ],
    'a secretName that is a number': [clusterCredential({ spec: { secretName: 7 } }), /secretName must be a name/],
    'ServiceAccount names that are numbers': [
      clusterCredential({ spec: { serviceAccounts: { names: [7] } } }),
      /must be strings/,
    ],
    'a null in a list': [namespaces({ selector: { matchExpressions: [null] } }), /wrong type/],
  };
  for (const [title, [credential, problem]] of Object.entries(cases)) {
    it(`is a problem of this credential alone: ${title}`, () => {
      assert.match(credential.problem ?? '', problem);
    });
  }
});
