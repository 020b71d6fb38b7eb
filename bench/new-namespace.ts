// One new namespace: from the appearance of its `default` ServiceAccount to the entry on it, as an observer's watch sees both.
import { ok } from '../e2e/support/api.ts';
import { eventually } from '../test/support/eventually.ts';
import { isWrite, summary } from './support/audit.ts';
import { entryBody, secretBody, templateFrom } from './support/bodies.ts';
import { makeCredential, makeSource } from './support/credential.ts';
import { beginBare, median, followRequests, withOperator } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import { makeNamespace } from './support/namespaces.ts';
import type { Row } from './support/table.ts';
import { openWire } from './support/wire.ts';

const OURS = 'new-ours';
const BARE = 'new-bare';
const LONGEST_MEDIAN_MS = 6;

export async function newNamespace(lab: Lab): Promise<Row> {
  lab.say(`Making ${2 * lab.options.newNamespaces} namespaces, one after another`);
  await makeSource(lab, OURS);
  await makeCredential(lab, OURS, [OURS]);
  const ours = await withOperator(lab, () => measureOurs(lab));
  const bare = await measureBare(lab);
  return {
    what: `new namespace, median of ${lab.options.newNamespaces}`,
    ours: ours.milliseconds,
    bare,
    unit: 'ms',
    target: { text: `< ${LONGEST_MEDIAN_MS} ms`, isMet: ours.milliseconds < LONGEST_MEDIAN_MS },
    note: ours.requests,
  };
}

async function measureOurs(lab: Lab): Promise<{ readonly milliseconds: number; readonly requests: string }> {
  const followed = followRequests(lab);
  const milliseconds = await makeAndObserve(lab, OURS);
  const isForNamespace = (namespace: string | undefined): boolean => namespace?.startsWith(OURS) === true;
  const requests = followed().filter(({ objectRef }) => isForNamespace(objectRef?.namespace));
  return { milliseconds, requests: summary(requests.filter((event) => isWrite(event) || event.verb === 'get')) };
}

async function measureBare(lab: Lab): Promise<number> {
  const template = await templateFrom(lab, `${OURS}-0`);
  const end = await beginBare(lab, {
    kind: 'react',
    prefix: `${BARE}-`,
    secret: secretBody(template, 'NAMESPACE_UID'),
    entry: entryBody({ uid: 'ACCOUNT_UID', resourceVersion: 'ACCOUNT_VERSION' }),
    namespaceVersion: await versionOf(lab, 'namespaces'),
    accountVersion: await versionOf(lab, 'serviceaccounts'),
  });
  try {
    return await makeAndObserve(lab, BARE);
  } finally {
    end();
  }
}

/** The median of the milliseconds between the two events. */
async function makeAndObserve(lab: Lab, group: string): Promise<number> {
  const appeared = new Map<string, number>();
  const took = new Map<string, number>();
  const { server, ca, adminToken: token } = lab.cluster;
  const observer = openWire({ server, ca, token });
  const from = await versionOf(lab, 'serviceaccounts');
  const path = `/api/v1/serviceaccounts?watch=true&fieldSelector=metadata.name%3Ddefault&resourceVersion=${from}`;
  await observer.watch(path, ({ type, object }) => {
    const now = performance.now();
    const { namespace = '' } = object.metadata;
    if (type === 'ADDED') appeared.set(namespace, now);
    else if (object['imagePullSecrets'] !== undefined && !took.has(namespace))
      took.set(namespace, now - appeared.get(namespace)!);
  });
  for (let index = 0; index < lab.options.newNamespaces; index += 1) {
    const name = `${group}-${index}`;
    await makeNamespace(lab, name, group);
    await eventually(() => took.has(name), { everyMs: 20 });
  }
  observer.close();
  lab.say(`  ${group}: ${median([...took.values()]).toFixed(1)} ms`);
  return median([...took.values()]);
}

async function versionOf({ cluster: { admin } }: Lab, plural: string): Promise<string> {
  const { metadata } = await ok(admin.get(`/api/v1/${plural}?limit=1`));
  return metadata!.resourceVersion!;
}
