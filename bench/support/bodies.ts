// What the operator writes, taken from what it wrote, for the bare client to write the same elsewhere.
import { ok } from '../../e2e/support/api.ts';
import { OPERATOR_NAMESPACE } from '../../e2e/support/install.ts';
import { JSON_TYPE, MERGE_PATCH } from './bare.ts';
import type { Lab } from './lab.ts';
import { namespaceUids, pullSecretsOf, serviceAccountsOf } from './namespaces.ts';
import type { Identity } from './namespaces.ts';
import type { WireRequest } from './wire.ts';

/** The marker of another installation, equally long: the fence lets it pass, and the operator leaves it alone. */
const OTHER_INSTALLATION = 'bare'.padEnd(OPERATOR_NAMESPACE.length, '-');
const MANAGED = 'regcred.dev/managed';
const QUERY = '?fieldManager=regcred-operator';

export interface Template {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly data: Readonly<Record<string, string>>;
}

/** The pull Secret that the operator wrote into a namespace, as it sent it. */
export async function templateFrom({ cluster: { admin } }: Lab, namespace: string): Promise<Template> {
  const written = await ok(admin.get(`/api/v1/namespaces/${namespace}/secrets/regcred-managed`));
  const { labels = {}, annotations = {} } = written.metadata ?? {};
  return { metadata: { labels, annotations }, data: written['data'] as Record<string, string> };
}

/** A POST of the Secret and a merge patch of the ServiceAccount for each namespace of a group. */
export async function fanOutChains(lab: Lab, group: string, template: Template): Promise<readonly WireRequest[][]> {
  const uids = await namespaceUids(lab, group);
  const accounts = await serviceAccountsOf(lab, group);
  return accounts.map((account) => [
    {
      method: 'POST',
      path: `/api/v1/namespaces/${account.namespace}/secrets${QUERY}`,
      contentType: JSON_TYPE,
      body: secretBody(template, uids.get(account.namespace)!),
    },
    {
      method: 'PATCH',
      path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/default${QUERY}`,
      contentType: MERGE_PATCH,
      body: entryBody(account),
    },
  ]);
}

/** A merge patch of each Secret of a group. */
export async function rotationChains(lab: Lab, group: string, template: Template): Promise<readonly WireRequest[][]> {
  const uids = await namespaceUids(lab, group);
  const secrets = await pullSecretsOf(lab, group);
  return secrets.map(({ namespace, uid, resourceVersion }) => {
    const { metadata, data } = marked(template, uids.get(namespace)!);
    return [
      {
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace}/secrets/regcred-managed${QUERY}`,
        contentType: MERGE_PATCH,
        body: JSON.stringify({ metadata: { ...metadata, uid, resourceVersion }, data }),
      },
    ];
  });
}

export function secretBody(template: Template, namespaceUid: string): string {
  const { metadata, data } = marked(template, namespaceUid);
  const type = 'kubernetes.io/dockerconfigjson';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    type,
    metadata: { name: 'regcred-managed', ...metadata },
    data,
  });
}

export function entryBody({ uid, resourceVersion }: Pick<Identity, 'uid' | 'resourceVersion'>): string {
  const annotations = { 'regcred.dev/pull-secrets': '["regcred-managed"]' };
  return JSON.stringify({
    metadata: { annotations, uid, resourceVersion },
    imagePullSecrets: [{ name: 'regcred-managed' }],
  });
}

/** Another password of the same length, so that the bare client's patch changes what it patches. */
export function anotherLogin(template: Template): Template {
  const key = '.dockerconfigjson';
  const text = Buffer.from(template.data[key]!, 'base64').toString('utf8');
  const turned = text.replace(/"password":"(.)/, (_, first: string) => `"password":"${first === 'x' ? 'y' : 'x'}`);
  return { ...template, data: { [key]: Buffer.from(turned).toString('base64') } };
}

function marked({ metadata: { labels, annotations }, data }: Template, namespaceUid: string): Template {
  const marker = JSON.parse(annotations[MANAGED]!) as object;
  const text = JSON.stringify({ ...marker, installation: OTHER_INSTALLATION, namespace: namespaceUid });
  return { metadata: { labels, annotations: { ...annotations, [MANAGED]: text } }, data };
}
