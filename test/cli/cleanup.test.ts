import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BETWEEN_LOOKS_MS } from '../../src/cli/operator-lease.ts';
import { ANNOTATION, DOCKER_CONFIG_TYPE, LABEL, OPERATOR_NAME, RESOURCE } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { pathOf } from '../../src/kube/paths.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { writeMarker } from '../../src/reconcile/marker.ts';
import type { Marker } from '../../src/reconcile/marker.ts';
import type { Rule } from '../../src/sandbox/rbac.ts';
import { eventually } from '../support/eventually.ts';
import { startCluster } from './cluster.ts';
import type { TestCluster } from './cluster.ts';
import { describeClusterCommand } from './conformance.ts';
import { regcred } from './io.ts';
import type { Terminal } from './io.ts';

describeClusterCommand('cleanup');

const SECRET = 'regcred-managed';
const CANARY = 'CANARY-9b1e';
const entry = (host: string): object => ({ [host]: { username: 'u', password: CANARY } });
const WRITES = ['create', 'update', 'patch', 'delete'];

/** The system's clock, but instead of the wait between two looks at the Lease something happens. */
function betweenLooks(happens: () => Promise<unknown>): Clock {
  return {
    ...systemClock,
    after(delayMs, run) {
      if (delayMs !== BETWEEN_LOOKS_MS) return systemClock.after(delayMs, run);
      void happens().then(run);
      return { cancel: () => undefined };
    },
  };
}

describe('regcred cleanup', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster();
    await cluster.put(RESOURCE.namespaces, { metadata: { name: 'regcred-system' } });
  });
  afterEach(() => cluster.stop());

  const cleanup = (words: readonly string[] = ['--yes'], terminal: Terminal = {}) =>
    regcred(['cleanup', '--kubeconfig', cluster.kubeconfig(), ...words], terminal);
  const writes = () => cluster.api.requests.filter(({ verb }) => WRITES.includes(verb)).length;
  const secretIn = async (namespace: string, name = SECRET) =>
    (await cluster.get(RESOURCE.secrets, namespace, name)) as { code: number; text: string; body: KubeObject };
  const entriesIn = async (namespace: string) => {
    const body: unknown = (await cluster.get(RESOURCE.serviceAccounts, namespace, 'default')).body;
    const { imagePullSecrets = [], metadata } = body as KubeObject; // the API server leaves an empty list out
    return { imagePullSecrets, annotation: metadata.annotations?.[ANNOTATION.pullSecrets] };
  };

  /** A namespace as the operator left it, but for what the case changes. */
  async function namespaceWith(name: string, change: Partial<Change> = {}): Promise<Marker> {
    const { auths = entry('reg.example'), list = [SECRET], annotated = [SECRET], withSecret = true } = change;
    const { metadata } = await cluster.put(RESOURCE.namespaces, { metadata: { name } });
    const marker: Marker = {
      installation: 'regcred-system',
      namespaceUid: metadata.uid,
      secretName: SECRET,
      adopted: false,
      by: [{ kind: 'ClusterRegistryCredential', name: 'hub', uid: 'u-hub', retain: false }],
      hosts: new Map([['reg.example', 0]]),
      labels: new Map(),
      annotations: new Map(),
      records: new Map(),
      ...change.marker,
    };
    const text = 'markerText' in change ? change.markerText : writeMarker(marker);
    if (withSecret) await putSecret(name, { auths, text, secretName: change.secretName });
    await cluster.put(RESOURCE.serviceAccounts, {
      metadata: {
        name: 'default',
        namespace: name,
        ...(annotated.length > 0 ? { annotations: { [ANNOTATION.pullSecrets]: JSON.stringify(annotated) } } : {}),
      },
      imagePullSecrets: list.map((one) => (one === '{}' ? {} : { name: one })),
    });
    return marker;
  }

  interface Change {
    readonly marker: Partial<Marker>;
    readonly markerText: string | undefined;
    readonly auths: object;
    readonly list: readonly string[];
    readonly annotated: readonly string[];
    readonly withSecret: boolean;
    readonly secretName: string;
  }

  async function putSecret(
    namespace: string,
    secret: { auths: object; text?: string | undefined; secretName?: string | undefined },
  ): Promise<KubeObject> {
    const { auths, text, secretName = SECRET } = secret;
    return cluster.put(RESOURCE.secrets, {
      type: DOCKER_CONFIG_TYPE,
      metadata: {
        name: secretName,
        namespace,
        labels: { [LABEL.managedBy]: OPERATOR_NAME, team: 'red' },
        annotations: { note: 'mine', ...(text === undefined ? {} : { [ANNOTATION.managed]: text }) },
      },
      data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
    });
  }

  const putLease = (spec: object) =>
    cluster.put(RESOURCE.leases, { metadata: { name: OPERATOR_NAME, namespace: 'regcred-system' }, spec });
  const held = (renewTime: Date): object => ({
    holderIdentity: 'pod-1_x',
    leaseDurationSeconds: 15,
    renewTime: renewTime.toISOString().replace('Z', '000Z'),
  });

  it('removes entries and Secrets, and says what it removes before it does', async () => {
    await namespaceWith('team-a');
    await namespaceWith('team-b');

    const { code, out, err } = await cleanup();

    assert.equal(err, '');
    assert.equal(code, 0);
    assert.match(
      out,
      /^team-a +serviceaccount\/default +entry regcred-managed leaves\nteam-a +secret\/regcred-managed +deleted$/m,
    );
    assert.match(out, /^4 changes in 2 namespaces$/m);
    for (const namespace of ['team-a', 'team-b']) {
      assert.equal((await secretIn(namespace)).code, 404);
      assert.deepEqual(await entriesIn(namespace), { imagePullSecrets: [], annotation: undefined });
    }
    assert.doesNotMatch(out, /CANARY/);
  });

  it('takes the entry off before it deletes the Secret', async () => {
    await namespaceWith('team-a');

    await cleanup();

    const verbs = cluster.api.requests.filter(({ verb, code }) => WRITES.includes(verb) && code === 200).slice(-2);
    assert.deepEqual(
      verbs.map(({ verb, resource }) => `${verb} ${resource}`),
      ['patch serviceaccounts', 'delete secrets'],
    );
  });

  it('asks, and takes nothing but yes for an answer', async () => {
    await namespaceWith('team-a');
    const before = writes();

    const refused = await cleanup([], { answer: 'y' });
    const agreed = await cleanup([], { answer: 'yes' });

    assert.equal(refused.code, 1);
    assert.match(refused.out, /Type yes to remove all of this: Nothing was removed\n$/);
    assert.equal(agreed.code, 0);
    assert.equal(writes(), before + 2);
  });

  it('needs --yes where nobody can be asked, exit code 2', async () => {
    await namespaceWith('team-a');
    const before = writes();

    const { code, err } = await cleanup([]);

    assert.equal(code, 2);
    assert.equal(err, 'regcred: Nobody can be asked here; give --yes to remove all of the above\n');
    assert.equal(writes(), before);
  });

  it('writes nothing with --dry-run', async () => {
    await namespaceWith('team-a');
    const before = writes();

    const { code, out } = await cleanup(['--dry-run', '--yes']);

    assert.equal(code, 0);
    assert.match(out, /secret\/regcred-managed +deleted/);
    assert.equal(writes(), before);
  });

  it('says so when it deletes what a credential wants to retain: that holds for the deletion of the credential only', async () => {
    const by = [{ kind: 'ClusterRegistryCredential', name: 'hub', uid: 'u-hub', retain: true } as const];
    await namespaceWith('team-a', { marker: { by } });

    const { out } = await cleanup();

    assert.match(out, /secret\/regcred-managed +deleted \(although a credential says Retain\)$/m);
    assert.equal((await secretIn('team-a')).code, 404);
  });

  it('removes the tokens that the operator saved in its own namespace, and no other Secret there', async () => {
    const metadata = { namespace: 'regcred-system' };
    await cluster.put(RESOURCE.secrets, { type: 'regcred.dev/token', metadata: { ...metadata, name: 'token-hub' } });
    await cluster.put(RESOURCE.secrets, { type: 'Opaque', metadata: { ...metadata, name: 'hub' } });

    const { code } = await cleanup();

    assert.equal(code, 0);
    assert.equal((await secretIn('regcred-system', 'token-hub')).code, 404);
    assert.equal((await secretIn('regcred-system', 'hub')).code, 200);
  });

  it("F252: leaves users' own entries, with their order, doubles and {}", async () => {
    await namespaceWith('team-a', { list: ['mine', '{}', SECRET, 'mine', 'other'] });

    await cleanup();

    assert.deepEqual((await entriesIn('team-a')).imagePullSecrets, [
      { name: 'mine' },
      {},
      { name: 'mine' },
      { name: 'other' },
    ]);
  });

  it('F252: leaves an entry that it did not add, and names in the annotation that are not permitted', async () => {
    await namespaceWith('team-a', { annotated: [] });
    await namespaceWith('team-b', { list: ['theirs', SECRET], annotated: ['theirs', SECRET] });

    await cleanup();

    assert.deepEqual((await entriesIn('team-a')).imagePullSecrets, [{ name: SECRET }]);
    assert.deepEqual(await entriesIn('team-b'), { imagePullSecrets: [{ name: 'theirs' }], annotation: '["theirs"]' });
  });

  const foreign: Readonly<Record<string, Partial<Change>>> = {
    'a Secret of our name without a marker, also a released one': { markerText: undefined },
    'a Secret whose marker is garbage': { markerText: '{"v":1,"hosts":{"__proto__":7}}' },
    'a copy from another namespace': { marker: { namespaceUid: 'uid-of-another' } },
    'a copy under another name': { marker: { secretName: 'regcred-other' } },
    "another installation's": { marker: { installation: 'other-system' } },
  };
  for (const [what, change] of Object.entries(foreign)) {
    it(`F252: leaves ${what}, and its entry`, async () => {
      await namespaceWith('team-a', change);
      const [secret, entries] = [await secretIn('team-a'), await entriesIn('team-a')];

      const { code, out } = await cleanup();

      assert.equal(code, 0);
      assert.match(out, /^Nothing found that installation "regcred-system" wrote\n$/);
      assert.deepEqual((await secretIn('team-a')).body, secret.body);
      assert.deepEqual(await entriesIn('team-a'), entries);
    });
  }

  it('F252: leaves a Secret of another type, even with our marker on it', async () => {
    const marker = await namespaceWith('team-a', { withSecret: false });
    const annotations = { [ANNOTATION.managed]: writeMarker(marker) };
    await cluster.put(RESOURCE.secrets, {
      type: 'Opaque',
      metadata: { name: SECRET, namespace: 'team-a', annotations },
    });

    await cleanup();

    assert.equal((await secretIn('team-a')).code, 200);
    assert.deepEqual((await entriesIn('team-a')).imagePullSecrets, [{ name: SECRET }]);
  });

  it('F252: takes our hosts, marker and label out of an adopted Secret, whose other hosts stay', async () => {
    const theirs = { auth: Buffer.from(`me:${CANARY}`).toString('base64'), email: 'a@b' };
    const auths = { ...entry('https://reg.example/v2/'), 'own.example/team': theirs };
    await namespaceWith('team-a', { marker: { adopted: true }, auths });
    const { uid } = (await secretIn('team-a')).body.metadata;

    const { code, out } = await cleanup();

    assert.equal(code, 0);
    assert.match(out, /secret\/regcred-managed +adopted: stays, without our reg\.example$/m);
    const { metadata, data } = (await secretIn('team-a')).body;
    const text = Buffer.from((data as Record<string, string>)['.dockerconfigjson']!, 'base64').toString();
    assert.deepEqual(JSON.parse(text), { auths: { 'own.example/team': theirs } });
    assert.equal(metadata.uid, uid);
    assert.deepEqual(metadata.annotations, { note: 'mine' });
    assert.deepEqual(metadata.labels, { team: 'red' });
    assert.deepEqual((await entriesIn('team-a')).imagePullSecrets, []);
  });

  it('F252: removes an entry that it added once its Secret is gone', async () => {
    await namespaceWith('team-a', { withSecret: false });

    const { code } = await cleanup();

    assert.equal(code, 0);
    assert.deepEqual((await entriesIn('team-a')).imagePullSecrets, []);
  });

  it('F252: proves each Secret again at the last moment: one that lost its marker meanwhile stays', async () => {
    await namespaceWith('team-a');
    const takeOver = async (): Promise<string> => {
      const path = pathOf({ resource: RESOURCE.secrets, namespace: 'team-a', name: SECRET });
      await cluster.admin.merge(path, { metadata: { annotations: { [ANNOTATION.managed]: null } } });
      return 'yes';
    };

    const { code } = await cleanup([], { answer: takeOver });

    assert.equal(code, 0);
    assert.equal((await secretIn('team-a')).code, 200);
  });

  it('F251: a second run finds nothing and writes nothing', async () => {
    await namespaceWith('team-a');
    await cleanup();
    const before = writes();

    const { code, out } = await cleanup();

    assert.equal(code, 0);
    assert.match(out, /^Nothing found/);
    assert.equal(writes(), before);
  });

  it('F251: killed in the middle, the next run ends it', async () => {
    const namespaces = Array.from({ length: 40 }, (_, index) => `team-${index}`);
    for (const namespace of namespaces) await namespaceWith(namespace);
    const before = writes();
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
    const killed = spawn(process.execPath, [main, 'cleanup', '--yes', '--kubeconfig', cluster.kubeconfig()]);
    await eventually(() => writes() > before + 3, { everyMs: 1, timeoutMs: 25_000 });
    killed.kill('SIGKILL');
    await once(killed, 'exit');

    const { code } = await cleanup();

    assert.equal(code, 0);
    for (const namespace of namespaces) {
      assert.equal((await secretIn(namespace)).code, 404);
      assert.deepEqual((await entriesIn(namespace)).imagePullSecrets, []);
    }
  });

  it('F251: refuses while an operator runs, unless told', async () => {
    await namespaceWith('team-a');
    await putLease(held(new Date()));

    const refused = await cleanup();
    const forced = await cleanup(['--yes', '--force']);

    assert.equal(refused.code, 2);
    assert.match(refused.err, /^regcred: An operator runs \(pod-1_x\) [^\n]*--replicas=0\) or give --force\n$/);
    assert.equal(forced.code, 0);
    assert.equal((await secretIn('team-a')).code, 404);
  });

  it('F251: a Lease that was released, or whose holder renews no more, holds nothing up', async () => {
    await namespaceWith('team-a');
    await putLease({ ...held(new Date(0)) });

    const { code } = await cleanup(['--yes'], { clock: betweenLooks(() => Promise.resolve()) });

    assert.equal(code, 0);
  });

  it('F251: an operator whose clock is wrong is still seen running', async () => {
    await namespaceWith('team-a');
    await putLease(held(new Date(0)));
    const path = pathOf({ resource: RESOURCE.leases, namespace: 'regcred-system', name: OPERATOR_NAME });
    const renew = () => cluster.admin.merge(path, { spec: held(new Date(2000)) });

    const { code, err } = await cleanup(['--yes'], { clock: betweenLooks(renew) });

    assert.equal(code, 2);
    assert.match(err, /An operator runs/);
  });

  it('names the rule that is missing, and deletes no Secret whose entry is still there', async () => {
    await namespaceWith('team-a');
    const rules: Rule[] = [
      { apiGroups: ['', 'coordination.k8s.io'], resources: ['*'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['delete'] },
    ];

    const { code, out, err } = await regcred(['cleanup', '--yes', '--kubeconfig', cluster.kubeconfig(rules)]);

    assert.equal(code, 1);
    assert.match(
      err,
      /^[^\n]*no permission[^\n]*resources: \["serviceaccounts"\], resourceNames: \["default"\], verbs: \["patch"\]\}\n$/,
    );
    assert.match(out, /Some of it is left/);
    assert.equal((await secretIn('team-a')).code, 200);
  });

  it('says that the lists are refused before it does anything, exit code 2', async () => {
    const { code, out, err } = await regcred(['cleanup', '--yes', '--kubeconfig', cluster.kubeconfig([])]);

    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /^regcred: Cannot list namespaces: no permission [^\n]*verbs: \["list"\]\}\n$/);
  });
});
