// Credentials that an API server must take and such that it must refuse: one table, for the CRDs in process and (e2e)
// for a real API server. `says` are fragments of the refusal's text.

export interface ApiObject {
  readonly apiVersion: 'regcred.dev/v1alpha1';
  readonly kind: 'RegistryCredential' | 'ClusterRegistryCredential';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: unknown;
}
export interface GoodObject {
  readonly title: string;
  readonly object: ApiObject;
}
export interface BadObject extends GoodObject {
  readonly says: readonly [string, ...string[]];
}
/** Pruned when stored; refused, with this path, where field validation is strict (kubectl's default). */
export interface UnknownField extends GoodObject {
  readonly field: string;
}

type Spec = Readonly<Record<string, unknown>>;

const ECR_HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const ALL = { namespaces: { names: ['*'] } };

export function clusterObject(spec: unknown, name = 'under-test'): ApiObject {
  return { apiVersion: 'regcred.dev/v1alpha1', kind: 'ClusterRegistryCredential', metadata: { name }, spec };
}

export function tenantObject(spec: unknown, name = 'under-test'): ApiObject {
  const metadata = { name, namespace: 'team-a' };
  return { apiVersion: 'regcred.dev/v1alpha1', kind: 'RegistryCredential', metadata, spec };
}

/** The seven examples of the API page. */
export const goodObjects: readonly GoodObject[] = [
  {
    title: 'ecr: one account, every team-*, the role of the operator',
    object: clusterObject(
      {
        provider: { ecr: { registries: [{ prefix: ECR_HOST }], auth: { ambient: {} } } },
        namespaces: { names: ['team-*'] },
      },
      'ecr',
    ),
  },
  {
    title: 'ecr: three accounts, two regions, cross-account roles',
    object: clusterObject(
      {
        provider: {
          ecr: {
            auth: { ambient: {} },
            assumeRole: { roleARN: 'arn:aws:iam::111122223333:role/pull', externalID: 'plat-7f3' },
            registries: [
              { prefix: ECR_HOST },
              { prefix: '111122223333.dkr.ecr.us-east-1.amazonaws.com' },
              {
                prefix: '222233334444.dkr.ecr.eu-west-1.amazonaws.com',
                assumeRole: { roleARN: 'arn:aws:iam::222233334444:role/pull' },
              },
              {
                prefix: '333344445555.dkr.ecr.us-east-1.amazonaws.com',
                assumeRole: { roleARN: 'arn:aws:iam::333344445555:role/pull' },
                verifyRepository: 'base/jre',
              },
            ],
          },
        },
        namespaces: { selector: { matchLabels: { tier: 'prod' } }, exclude: { names: ['team-sandbox-*'] } },
      },
      'ecr-org',
    ),
  },
  {
    title: 'acr: client and tenant id from the annotations of the ServiceAccount',
    object: tenantObject(
      {
        provider: {
          acr: {
            registries: [{ prefix: 'teama.azurecr.io' }],
            auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' } } },
          },
        },
      },
      'acr',
    ),
  },
  {
    title: 'static: Docker Hub and GHCR for everyone, one docker config Secret',
    object: clusterObject(
      {
        provider: { static: { auth: { dockerConfig: { secretRef: { name: 'hub-and-ghcr' } } } } },
        namespaces: { names: ['*'] },
      },
      'public-logins',
    ),
  },
  {
    title: 'icr: an API key',
    object: clusterObject(
      {
        provider: {
          icr: {
            registries: [{ prefix: 'de.icr.io/platform' }],
            auth: { apiKey: { secretRef: { name: 'icr-puller' } } },
          },
        },
        namespaces: { names: ['team-*'] },
      },
      'icr',
    ),
  },
  {
    title: 'ocir: an API signing key',
    object: clusterObject(
      {
        provider: {
          ocir: {
            registries: [{ prefix: 'fra.ocir.io/mytenancyns' }],
            auth: {
              signingKey: {
                tenancyOCID: 'ocid1.tenancy.oc1..aaa',
                userOCID: 'ocid1.user.oc1..bbb',
                fingerprint: '20:3b:97:13:55:1c:4e:7a:01:02:03:04:05:06:07:08',
                secretRef: { name: 'oci-puller' },
              },
            },
          },
        },
        namespaces: { selector: { matchLabels: { regcred: 'oci' } } },
      },
      'ocir',
    ),
  },
  {
    title: "gar: a tenant's own project, beside the platform's credential for the same host",
    object: tenantObject(
      {
        provider: {
          gar: {
            registries: [{ prefix: 'europe-docker.pkg.dev/team-a-prod' }],
            auth: {
              workloadIdentity: {
                serviceAccountRef: { name: 'puller' },
                workloadIdentityProvider:
                  'projects/123456789/locations/global/workloadIdentityPools/onprem/providers/cluster-1',
              },
            },
            impersonate: { serviceAccountEmail: 'puller@team-a-prod.iam.gserviceaccount.com' },
          },
        },
      },
      'gar',
    ),
  },
];

/** A tenant's user name and password for these prefixes, with more of the spec beside it. */
export function basicSpec(prefix: unknown, more: Spec = {}): Spec {
  const auth = { basic: { secretRef: { name: 'login' } } };
  return { provider: { static: { registries: [{ prefix }], auth } }, ...more };
}

function ecrSpec(change: Spec): Spec {
  return { provider: { ecr: { registries: [{ prefix: ECR_HOST }], auth: { ambient: {} }, ...change } }, ...ALL };
}

function acrSpec(change: Spec): Spec {
  const auth = { workloadIdentity: { serviceAccountRef: { name: 'puller' } } };
  return { provider: { acr: { registries: [{ prefix: 'teama.azurecr.io' }], auth, ...change } }, ...ALL };
}

function garSpec(change: Spec): Spec {
  return { provider: { gar: { registries: [{ prefix: 'gcr.io/p' }], auth: { ambient: {} }, ...change } }, ...ALL };
}

function icrSpec(change: Spec): Spec {
  const auth = { apiKey: { secretRef: { name: 'key' } } };
  return { provider: { icr: { registries: [{ prefix: 'icr.io' }], auth, ...change } }, ...ALL };
}

function ocirSpec(change: Spec): Spec {
  return { provider: { ocir: { registries: [{ prefix: 'fra.ocir.io' }], auth: { ambient: {} }, ...change } }, ...ALL };
}

function selecting(namespaces: unknown): ApiObject {
  return clusterObject(basicSpec('ghcr.io', { namespaces }));
}

function tokenLife(lifetimeSeconds: unknown): ApiObject {
  const serviceAccountEmail = 'puller@p.iam.gserviceaccount.com';
  return clusterObject(garSpec({ impersonate: { serviceAccountEmail, lifetimeSeconds } }));
}

function bad(title: string, object: ApiObject, ...says: readonly [string, ...string[]]): BadObject {
  return { title, object, says };
}

const STATIC_HOST = 'must be a registry host';
const ONE_PROVIDER = 'must set exactly one of `ecr`, `gar`, `acr`, `icr`, `ocir`, `static`';
const REGISTRIES = 'spec.provider.static.registries[0].prefix';

const badProviders: readonly BadObject[] = [
  bad('F227: no spec', { ...tenantObject(undefined) }, 'spec: Required value'),
  bad('F227: no provider field', tenantObject({}), 'spec.provider: Required value'),
  bad('F227: no provider', tenantObject({ provider: {} }), 'spec.provider: Invalid value', ONE_PROVIDER),
  bad(
    'F227: an unknown provider',
    tenantObject({ provider: { quay: {} } }),
    'spec.provider: Invalid value',
    ONE_PROVIDER,
  ),
  bad(
    'F227: two providers',
    tenantObject({ provider: { ...(acrSpec({})['provider'] as object), ...(icrSpec({})['provider'] as object) } }),
    ONE_PROVIDER,
  ),
  bad(
    'F227: two auth modes',
    tenantObject({
      provider: {
        static: {
          registries: [{ prefix: 'ghcr.io' }],
          auth: { basic: { secretRef: { name: 'a' } }, dockerConfig: { secretRef: { name: 'b' } } },
        },
      },
    }),
    'spec.provider.static.auth: Invalid value',
    'must set exactly one of `dockerConfig`, `basic`',
  ),
  bad(
    'F227: no auth mode',
    clusterObject(ecrSpec({ auth: {} })),
    'spec.provider.ecr.auth: Invalid value',
    'must set exactly one of `ambient`, `workloadIdentity`, `accessKey`',
  ),
  bad(
    'ambient identity for a tenant',
    tenantObject({ provider: { ecr: { registries: [{ prefix: ECR_HOST }], auth: { ambient: {} } } } }),
    'must set exactly one of `workloadIdentity`, `accessKey`',
  ),
  bad('F227: no auth', clusterObject(garSpec({ auth: undefined })), 'spec.provider.gar.auth: Required value'),
  bad('F227: null as registries', clusterObject(ecrSpec({ registries: null })), 'registries: Required value'),
  bad('F227: no registries', clusterObject(ecrSpec({ registries: [] })), 'should have at least 1 items'),
  bad('F227: a registry without prefix', clusterObject(ecrSpec({ registries: [{}] })), 'prefix: Required value'),
  bad('F227: a string as provider', tenantObject({ provider: 'ecr' }), 'spec.provider', 'must be of type object'),
  bad(
    'F227: an object as secretName',
    tenantObject(basicSpec('ghcr.io', { secretName: {} })),
    'must be of type string',
  ),
  bad('F227: a string as suspend', tenantObject(basicSpec('ghcr.io', { suspend: 'yes' })), 'must be of type boolean'),
  bad(
    'basic without registries',
    tenantObject({ provider: { static: { auth: { basic: { secretRef: { name: 'login' } } } } } }),
    '`auth.basic` needs `registries`',
  ),
  bad(
    'the same prefix twice',
    clusterObject(ecrSpec({ registries: [{ prefix: ECR_HOST }, { prefix: ECR_HOST }] })),
    'registries[1]: Duplicate value',
  ),
  bad(
    'repositories without a role to narrow',
    clusterObject(ecrSpec({ registries: [{ prefix: ECR_HOST, repositories: ['team-a/*'] }] })),
    '`registries[].repositories` needs `assumeRole` or `auth.workloadIdentity`',
  ),
  bad(
    'a role that is no ARN',
    clusterObject(ecrSpec({ assumeRole: { roleARN: 'arn:aws:iam::1:role/pull-role' } })),
    'must be the ARN of an IAM role',
  ),
  bad(
    'an unknown ambient source',
    clusterObject(ecrSpec({ auth: { ambient: { source: 'Env' } } })),
    'Unsupported value: "Env"',
    '"Workload", "Node"',
  ),
  bad(
    'an external id of one character',
    clusterObject(ecrSpec({ assumeRole: { roleARN: 'arn:aws:iam::111122223333:role/p', externalID: 'x' } })),
    'should be at least 2 chars long',
  ),
  bad(
    'a resource id without source Node',
    clusterObject(acrSpec({ auth: { ambient: { resourceID: '/subscriptions/x' } } })),
    '`resourceID` needs `source: Node`',
    'must be the resource id of a user-assigned identity',
  ),
  bad(
    'a resource id beside a client id',
    clusterObject(
      acrSpec({
        auth: {
          ambient: {
            source: 'Node',
            clientID: '11111111-2222-3333-4444-555555555555',
            resourceID:
              '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller',
          },
        },
      }),
    ),
    'must not set both `clientID` and `resourceID`',
  ),
  bad(
    'a client id that is no GUID',
    clusterObject(acrSpec({ auth: { ambient: { clientID: 'x'.repeat(36) } } })),
    'must be the client id (a GUID)',
  ),
  bad(
    'globs where Azure has none',
    clusterObject(acrSpec({ registries: [{ prefix: 'teama.azurecr.io', repositories: ['team-a/*'] }] })),
    'repositories[0]',
    'should match',
  ),
  bad(
    'neither a workload identity provider nor a GKE cluster',
    clusterObject(garSpec({ auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' } } } })),
    'must set exactly one of `workloadIdentityProvider`, `gke`',
  ),
  bad('F228: a token life of 43201 s', tokenLife(43_201), 'lifetimeSeconds', 'less than or equal to 43200'),
  bad('F228: a token life of 599 s', tokenLife(599), 'lifetimeSeconds', 'greater than or equal to 600'),
  bad('F228: a token life as text', tokenLife('1h'), 'lifetimeSeconds', 'must be of type integer'),
  bad(
    'a service account elsewhere',
    clusterObject(garSpec({ impersonate: { serviceAccountEmail: 'a@evil.example' } })),
    'must be the e-mail address of a Google service account',
  ),
  bad(
    'profile id and profile name',
    clusterObject(
      icrSpec({
        auth: { workloadIdentity: { serviceAccountRef: { name: 'a' }, profileID: 'Profile-1', profileName: 'x' } },
      }),
    ),
    'must set exactly one of `profileID`, `profileName`',
  ),
  bad(
    'the entitled registry of IBM',
    clusterObject(icrSpec({ registries: [{ prefix: 'cp.icr.io/cp' }] })),
    'use provider `static`',
  ),
  bad(
    'a fingerprint of 15 pairs',
    clusterObject(
      ocirSpec({
        auth: {
          signingKey: {
            tenancyOCID: 'ocid1.user.oc1..aaa',
            userOCID: 'ocid1.user.oc1..bbb',
            fingerprint: `${'20:'.repeat(15)}zz`,
            secretRef: { name: 'oci-puller' },
          },
        },
      }),
    ),
    'must be 16 pairs of hexadecimal digits',
    'must be the OCID of a tenancy',
  ),
  bad(
    'a user name with a colon',
    tenantObject({
      provider: {
        static: { registries: [{ prefix: 'ghcr.io' }], auth: { basic: { username: 'a:b', secretRef: { name: 'x' } } } },
      },
    }),
    'username',
    'should match',
  ),
];

const badPrefixes: readonly BadObject[] = [
  ...(
    [
      ['scheme', 'https://ghcr.io'],
      ['parent path', 'ghcr.io/../x'],
      ['two dots', 'ghcr..io'],
      ['user info', 'user@ghcr.io'],
      ['final slash', 'ghcr.io/'],
      ['port 0', 'ghcr.io:0'],
      ['space', 'ghcr.io/a b'],
      ['newline', 'ghcr.io\n'],
      ['NUL', 'ghcr.io\u0000'],
      ['Unicode letter', 'ghcr.iö'],
      ['look-alike letter', 'ghсr.io'],
      ['upper case', 'GHCR.io'],
      ['final dot', 'ghcr.io.'],
      ['query', 'ghcr.io?x=y'],
      ['escaped path', 'ghcr.io/%2e%2e'],
    ] as const
  ).map(([what, prefix]) =>
    bad(
      `F229: a prefix with ${what}`,
      tenantObject(basicSpec(prefix)),
      REGISTRIES,
      STATIC_HOST,
      'such as ghcr.io/my-org',
    ),
  ),
  bad(
    'F229: a prefix with port 70000',
    tenantObject(basicSpec('ghcr.io:70000')),
    REGISTRIES,
    'the port must be at most 65535',
  ),
  bad(
    'F229: a prefix of 512 characters',
    tenantObject(basicSpec(`ghcr.io/${'a'.repeat(504)}`)),
    REGISTRIES,
    'Too long',
  ),
  bad('F229: an empty prefix', tenantObject(basicSpec('')), REGISTRIES, 'should be at least 1 chars long'),
  ...['__proto__', 'constructor', 'toString'].map((host) =>
    bad(`F230: host ${host}`, tenantObject(basicSpec(host)), REGISTRIES, STATIC_HOST),
  ),
  ...['*', '*.*', '[', '*.example.com', '[::1]:5000'].map((host) =>
    bad(`F231: wildcard or bracket ${host}`, tenantObject(basicSpec(host)), REGISTRIES, STATIC_HOST),
  ),
  bad(
    'F232: a host that begins like Azure',
    clusterObject(acrSpec({ registries: [{ prefix: 'evil.azurecr.io.attacker.com' }] })),
    'must be an Azure registry',
    'such as myregistry.azurecr.io',
  ),
  bad(
    'F232: a host that begins like AWS',
    clusterObject(ecrSpec({ registries: [{ prefix: `${ECR_HOST}.evil.com` }] })),
    'must be an ECR host',
  ),
  bad(
    'F232: an AWS host without account',
    clusterObject(ecrSpec({ registries: [{ prefix: 'dkr.ecr.us-east-1.amazonaws.com.evil.com' }] })),
    'must be an ECR host',
  ),
  bad(
    'F232: a host that ends like Google',
    clusterObject(garSpec({ registries: [{ prefix: 'xgcr.io' }] })),
    'must be an Artifact Registry host',
  ),
  bad(
    'F232: a host that ends like IBM',
    clusterObject(icrSpec({ registries: [{ prefix: 'xicr.io' }] })),
    'must be an IBM Cloud registry',
  ),
  bad(
    'F232: a host that contains Oracle',
    clusterObject(ocirSpec({ registries: [{ prefix: 'fra.ocir.io.evil.com' }] })),
    'must be an Oracle registry',
  ),
  ...['../secrets', 'team/../../v2', 'team?x=1', 'team//app', 'Team/App', 'team%2fapp', 'a'.repeat(10_000)].map(
    (repository) =>
      bad(
        `F121: a verifyRepository "${repository.slice(0, 20)}"`,
        clusterObject(ecrSpec({ registries: [{ prefix: ECR_HOST, verifyRepository: repository }] })),
        'verifyRepository',
      ),
  ),
  bad(
    'a verifyRepository with a tag',
    clusterObject(ecrSpec({ registries: [{ prefix: ECR_HOST, verifyRepository: 'a/b:latest' }] })),
    'verifyRepository',
    'should match',
  ),
];

const badNamespaces: readonly BadObject[] = [
  bad('no namespaces in the cluster kind', clusterObject(basicSpec('ghcr.io')), 'spec.namespaces: Required value'),
  bad('empty namespaces', selecting({}), 'spec.namespaces', 'must set `names` or `selector`', 'names: ["*"]'),
  bad('empty names', selecting({ names: [] }), 'must set `names` or `selector`'),
  bad('an empty selector', selecting({ selector: {} }), 'must set `matchLabels` or `matchExpressions`'),
  bad('empty matchLabels', selecting({ selector: { matchLabels: {} } }), 'at least 1'),
  bad(
    'a selector In without values',
    selecting({ selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
    '`In` and `NotIn` need `values`',
  ),
  bad(
    'a selector Exists with values',
    selecting({ selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } }),
    '`Exists` and `DoesNotExist` take no `values`',
  ),
  bad(
    'an unknown operator',
    selecting({ selector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] } }),
    'Unsupported value: "Gt"',
  ),
  bad(
    'F230: label key __proto__',
    selecting({ selector: { matchExpressions: [{ key: '__proto__', operator: 'Exists' }] } }),
    'must be a label key',
  ),
  bad(
    'a label key with a space',
    selecting({ selector: { matchLabels: { 'a b': 'c' } } }),
    'every key must be a label key',
  ),
  bad(
    'a label value of two words',
    selecting({ selector: { matchLabels: { a: 'b c' } } }),
    'every value must be a label value',
  ),
  bad('an upper-case namespace', selecting({ names: ['Team-A'] }), 'names[0]', 'should match'),
  bad('F231: a namespace glob with a bracket', selecting({ names: ['team-[ab]'] }), 'names[0]', 'should match'),
  bad('the same name twice', selecting({ names: ['a', 'a'] }), 'names[1]: Duplicate value'),
  bad(
    '129 names',
    selecting({ names: Array.from({ length: 129 }, (_, index) => `n${index}`) }),
    'Too many: 129: must have at most 128 items',
  ),
];

const badRest: readonly BadObject[] = [
  bad('F225: a name of 201 characters', tenantObject(basicSpec('ghcr.io'), 'x'.repeat(201)), 'at most 200 characters'),
  ...[0, 19, -1].map((percent) =>
    bad(
      `F228: afterPercent ${percent}`,
      tenantObject(basicSpec('ghcr.io', { refresh: { afterPercent: percent } })),
      'spec.refresh.afterPercent',
      'greater than or equal to 20',
    ),
  ),
  ...[91, 1_000_000_000].map((percent) =>
    bad(
      `F228: afterPercent ${percent}`,
      tenantObject(basicSpec('ghcr.io', { refresh: { afterPercent: percent } })),
      'spec.refresh.afterPercent',
      'less than or equal to 90',
    ),
  ),
  bad(
    'F228: afterPercent 50.5',
    tenantObject(basicSpec('ghcr.io', { refresh: { afterPercent: 50.5 } })),
    'must be of type integer',
  ),
  bad(
    'F228: afterPercent "50"',
    tenantObject(basicSpec('ghcr.io', { refresh: { afterPercent: '50' } })),
    'must be of type integer',
  ),
  ...['../x', 'a/b', '%2e%2e', 'A', '-a'].map((name) =>
    bad(
      `F234: a reference to ${name}`,
      tenantObject({ provider: { static: { auth: { dockerConfig: { secretRef: { name } } } } } }),
      'secretRef.name',
      'should match',
    ),
  ),
  bad(
    'F234: an empty reference',
    tenantObject({ provider: { static: { auth: { dockerConfig: { secretRef: { name: '' } } } } } }),
    'secretRef.name',
    'should be at least 1 chars long',
  ),
  bad(
    'F234: a reference of 10 kB',
    tenantObject({ provider: { static: { auth: { dockerConfig: { secretRef: { name: 'a'.repeat(10_000) } } } } } }),
    'secretRef.name: Too long',
  ),
  bad(
    'F236: the input as output',
    tenantObject(basicSpec('ghcr.io', { secretName: 'login' })),
    'spec: Invalid value',
    '`secretRef.name` must differ from `secretName`',
  ),
  bad(
    'F236: the default output as input',
    tenantObject({ provider: { static: { auth: { dockerConfig: { secretRef: { name: 'regcred-managed' } } } } } }),
    '`secretRef.name` must differ from `secretName`',
  ),
  bad(
    'F236: a secretName of 254 characters',
    tenantObject(basicSpec('ghcr.io', { secretName: 'a'.repeat(254) })),
    'spec.secretName: Too long',
  ),
  ...[
    'kubernetes.io/x',
    'app.kubernetes.io/name',
    'k8s.io/x',
    'node.k8s.io/x',
    'regcred.dev/managed',
    'a.regcred.dev/x',
  ].flatMap((key) =>
    (['labels', 'annotations'] as const).map((map) =>
      bad(
        `F236: the reserved key ${key} in ${map}`,
        tenantObject(basicSpec('ghcr.io', { secretTemplate: { [map]: { [key]: 'x' } } })),
        `spec.secretTemplate.${map}`,
        'are reserved',
      ),
    ),
  ),
  bad(
    'F236: annotations of 64 kB',
    tenantObject(basicSpec('ghcr.io', { secretTemplate: { annotations: { a: 'x'.repeat(65_536) } } })),
    'Too long',
  ),
  bad(
    'F230: template key constructor',
    tenantObject(basicSpec('ghcr.io', { secretTemplate: { labels: { constructor: 'x' } } })),
    'keys that every JavaScript object has',
  ),
  bad(
    '17 labels',
    tenantObject(
      basicSpec('ghcr.io', {
        secretTemplate: { labels: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v'])) },
      }),
    ),
    'Too many: 17: must have at most 16 items',
  ),
  bad(
    'no ServiceAccount names',
    tenantObject(basicSpec('ghcr.io', { serviceAccounts: { names: [] } })),
    'should have at least 1 items',
  ),
  bad(
    'an unknown policy',
    tenantObject(basicSpec('ghcr.io', { conflictPolicy: 'Overwrite' })),
    'Unsupported value: "Overwrite"',
    '"Fail", "Adopt"',
  ),
  bad(
    'an unknown verification mode',
    tenantObject(basicSpec('ghcr.io', { verification: { mode: 'On' } })),
    '"Off", "Warn", "Require"',
  ),
  bad(
    'F238: 10 000 prefixes',
    clusterObject(
      ecrSpec({ registries: Array.from({ length: 10_000 }, (_, index) => ({ prefix: `${ECR_HOST}/r${index}` })) }),
    ),
    'Too many: 10000: must have at most 64 items',
  ),
  bad('F238: a spec of 1 MiB', tenantObject(basicSpec(`ghcr.io/${'a'.repeat(1_000_000)}`)), 'Too long'),
];

export const badObjects: readonly BadObject[] = [...badProviders, ...badPrefixes, ...badNamespaces, ...badRest];

/** F233 and friends: fields that do not exist, so that nobody can steer the operator's calls or reach out of a namespace. */
export const unknownFields: readonly UnknownField[] = [
  ...['endpoint', 'url', 'proxy', 'caBundle', 'tokenUrl', 'authorityHost'].map((name) => ({
    title: `F233: ${name}`,
    object: clusterObject(ecrSpec({ [name]: 'https://evil.example' })),
    field: `spec.provider.ecr.${name}`,
  })),
  {
    title: 'F233: a namespace in a reference',
    object: tenantObject({
      provider: { static: { auth: { dockerConfig: { secretRef: { name: 'x', namespace: 'kube-system' } } } } },
    }),
    field: 'spec.provider.static.auth.dockerConfig.secretRef.namespace',
  },
  {
    title: 'F233: namespaces in the kind for tenants',
    object: tenantObject(basicSpec('ghcr.io', ALL)),
    field: 'spec.namespaces',
  },
  {
    title: 'F233: precedence in the kind for tenants',
    object: tenantObject(basicSpec('ghcr.io', { precedence: 'Enforced' })),
    field: 'spec.precedence',
  },
];
