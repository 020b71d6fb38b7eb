import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ANNOTATION, DEFAULT_SECRET_NAME, DOCKER_CONFIG_TYPE, STORED_TOKEN_TYPE } from '../src/api/names.ts';
import { FENCE_POLICY_NAMES } from '../src/cli/fence.ts';
import { manifestsFolder, readManifests, renderManifests } from './support/manifests.ts';
import type { Manifest } from './support/manifests.ts';

const manifests = renderManifests();
const operator = { kind: 'ServiceAccount', name: 'regcred-operator', namespace: 'regcred-system' };
const user = `system:serviceaccount:${operator.namespace}:${operator.name}`;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

describe('The manifests', () => {
  it('F261: hold exactly the allowed objects', () => {
    const named = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();

    assert.deepEqual(named, [
      'ClusterRole regcred-editor',
      'ClusterRole regcred-operator-credentials',
      'ClusterRole regcred-operator-inputs',
      'ClusterRole regcred-operator-pull-secrets',
      'ClusterRole regcred-operator-service-accounts',
      'ClusterRole regcred-viewer',
      'ClusterRoleBinding regcred-operator-credentials',
      'ClusterRoleBinding regcred-operator-pull-secrets',
      'ClusterRoleBinding regcred-operator-service-accounts',
      'CustomResourceDefinition clusterregistrycredentials.regcred.dev',
      'CustomResourceDefinition registrycredentials.regcred.dev',
      'Deployment regcred-operator',
      'FlowSchema regcred-operator-leader-election',
      'Namespace regcred-system',
      'PodDisruptionBudget regcred-operator',
      'Role regcred-operator',
      'RoleBinding regcred-operator',
      'ServiceAccount regcred-operator',
      ...FENCE_POLICY_NAMES.map((name) => `ValidatingAdmissionPolicy ${name}`).sort(),
      ...FENCE_POLICY_NAMES.map((name) => `ValidatingAdmissionPolicyBinding ${name}`).sort(),
    ]);
  });

  it('F261: give the operator these rules and no others', () => {
    const bound = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding' || kind === 'RoleBinding');
    const granted = Object.fromEntries(bound.map((binding) => [roleOf(binding), rulesOf(roleOf(binding)).map(spell)]));

    for (const binding of bound) assert.deepEqual(binding['subjects'], [operator]);
    assert.deepEqual(granted, {
      'ClusterRole regcred-operator-pull-secrets': [
        'secrets regcred-managed: get list watch patch update delete',
        'secrets: create',
      ],
      'ClusterRole regcred-operator-service-accounts': ['serviceaccounts default: get list watch patch'],
      'ClusterRole regcred-operator-credentials': [
        'namespaces: get list watch',
        'registrycredentials.regcred.dev clusterregistrycredentials.regcred.dev: get list watch',
        'registrycredentials/status.regcred.dev clusterregistrycredentials/status.regcred.dev: patch',
        'events.events.k8s.io: create patch',
      ],
      'Role regcred-operator': [
        'leases.coordination.k8s.io: get create update',
        'secrets: get list watch create patch update delete',
        'serviceaccounts: get',
        'serviceaccounts/token: create',
      ],
    });
  });

  it('F261: hold no wildcard in any rule, and reach Secrets and ServiceAccounts of all namespaces by name only', () => {
    const everywhere = manifests.filter(({ kind, metadata }) => kind === 'ClusterRole' && isBound(metadata.name));
    const rules = manifests.flatMap((manifest) => (manifest['rules'] as Rule[] | undefined) ?? []);
    const wide = everywhere
      .flatMap((role) => role['rules'] as Rule[])
      .filter(({ resources }) => resources.includes('secrets') || resources.includes('serviceaccounts'))
      .filter(({ resourceNames, verbs }) => resourceNames === undefined && verbs.join() !== 'create');

    assert.equal(JSON.stringify(rules).includes('*'), false);
    assert.deepEqual(wide, []);
  });

  it("F261: leave a tenant's consent and the writing of credentials to be bound by people", () => {
    assert.deepEqual(rulesOf('ClusterRole regcred-operator-inputs').map(spell), [
      'secrets: get',
      'serviceaccounts: get',
      'serviceaccounts/token: create',
    ]);
    assert.equal(isBound('regcred-operator-inputs'), false);
    assert.equal(isBound('regcred-editor'), false);
  });

  it('F261: aggregate reading to "view", and nothing else to any role', () => {
    const aggregated = manifests.flatMap(({ metadata }) =>
      Object.keys(metadata.labels ?? {})
        .filter((label) => label.startsWith('rbac.authorization.k8s.io/'))
        .map((label) => `${metadata.name} ${label}`),
    );

    assert.deepEqual(aggregated, ['regcred-viewer rbac.authorization.k8s.io/aggregate-to-view']);
    assert.deepEqual(rulesOf('ClusterRole regcred-viewer').map(spell), [
      'registrycredentials.regcred.dev clusterregistrycredentials.regcred.dev: get list watch',
    ]);
  });

  for (const name of FENCE_POLICY_NAMES) {
    it(`F261: bind the policy ${name} to deny, around the operator's user alone`, () => {
      const policy = find(`ValidatingAdmissionPolicy ${name}`)['spec'] as {
        failurePolicy: string;
        matchConditions: { expression: string }[];
      };
      const binding = find(`ValidatingAdmissionPolicyBinding ${name}`)['spec'];

      assert.equal(policy.failurePolicy, 'Fail');
      assert.equal(policy.matchConditions[0]?.expression, `request.userInfo.username == '${user}'`);
      assert.deepEqual(binding, { policyName: name, validationActions: ['Deny'] });
    });
  }

  it('F261: speak of the Secrets and annotations that the operator writes', () => {
    const fence = JSON.stringify(readManifests(join(manifestsFolder, 'fence.yaml')));

    const words = [
      DEFAULT_SECRET_NAME,
      ANNOTATION.managed,
      ANNOTATION.pullSecrets,
      DOCKER_CONFIG_TYPE,
      STORED_TOKEN_TYPE,
    ];
    for (const word of words) assert.ok(fence.includes(`'${word}'`), word);
  });

  it('F261: install no webhook and no mutating policy', () => {
    const admission = manifests.filter(({ apiVersion }) => apiVersion.startsWith('admissionregistration.k8s.io/'));

    assert.deepEqual([...new Set(admission.map(({ kind }) => kind))].sort(), [
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
    assert.equal(JSON.stringify(manifests).includes('"webhook"'), false);
  });

  it('F261: run the operator under restricted pod security, with a read-only root', () => {
    const { metadata } = find('Namespace regcred-system');
    const pod = podSpec();

    assert.equal(metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    assert.deepEqual(pod.containers[0]?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert.equal(pod.securityContext['runAsNonRoot'], true);
    assert.deepEqual(pod.securityContext['seccompProfile'], { type: 'RuntimeDefault' });
    assert.deepEqual([pod['hostNetwork'], pod['hostPID'], pod['volumes']], [undefined, undefined, undefined]);
  });

  it('start the operator with little memory and the names that RBAC permits', () => {
    const [container] = podSpec().containers;

    assert.deepEqual(container?.args, [
      '--max-semi-space-size=2',
      '--max-old-space-size=256',
      '--no-concurrent-recompilation',
      '--no-turbofan',
      '--liftoff-only',
      '--no-separate-gc-phases',
      '--disable-proto=throw',
      '/app/regcred.js',
      'run',
      '--namespace=$(POD_NAMESPACE)',
      '--secret-names=regcred-managed',
      '--service-account-names=default',
    ]);
    assert.equal(container.resources.requests['memory'], '96Mi');
    assert.equal(container.resources.limits['memory'], '160Mi');
  });

  it('put the Lease, and it alone, at the priority of leader election', () => {
    const { rules, priorityLevelConfiguration } = find('FlowSchema regcred-operator-leader-election')['spec'] as {
      rules: { subjects: object[]; resourceRules: object[] }[];
      priorityLevelConfiguration: object;
    };

    assert.deepEqual(priorityLevelConfiguration, { name: 'leader-election' });
    assert.deepEqual(rules[0]?.resourceRules, [
      {
        verbs: ['get', 'create', 'update'],
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        namespaces: ['regcred-system'],
      },
    ]);
  });

  it('offer the injection into Pods as JSONPatch with a plain list, since typed objects make API servers panic', () => {
    const [policy] = readManifests(join(manifestsFolder, 'optional', 'pod-injection.yaml'));
    const { mutations, failurePolicy } = policy?.['spec'] as { mutations: Mutation[]; failurePolicy: string };

    assert.equal(failurePolicy, 'Ignore');
    assert.deepEqual(
      mutations.map(({ patchType }) => patchType),
      ['JSONPatch'],
    );
    assert.doesNotMatch(mutations[0]?.jsonPatch.expression ?? '', /\[\s*Object\./);
  });
});

interface Mutation {
  readonly patchType: string;
  readonly jsonPatch: { readonly expression: string };
}

interface PodSpec {
  readonly [field: string]: unknown;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly securityContext: object;
    readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  }[];
}

function podSpec(): PodSpec {
  return (find('Deployment regcred-operator')['spec'] as { template: { spec: PodSpec } }).template.spec;
}

function find(kindAndName: string): Manifest {
  const found = manifests.find(({ kind, metadata }) => `${kind} ${metadata.name}` === kindAndName);
  assert.ok(found, `no ${kindAndName}`);
  return found;
}

function roleOf(binding: Manifest): string {
  const { kind, name } = binding['roleRef'] as { kind: string; name: string };
  return `${kind} ${name}`;
}

function isBound(name: string): boolean {
  return manifests.some((manifest) => manifest['roleRef'] !== undefined && roleOf(manifest).endsWith(` ${name}`));
}

function rulesOf(kindAndName: string): readonly Rule[] {
  return find(kindAndName)['rules'] as Rule[];
}

function spell({ apiGroups, resources, resourceNames = [], verbs }: Rule): string {
  const group = apiGroups.join('|');
  const spelled = resources.map((resource) => (group === '' ? resource : `${resource}.${group}`));
  return `${[...spelled, ...resourceNames].join(' ')}: ${verbs.join(' ')}`;
}
