import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ClusterConfigError } from '../../src/kube/cluster-config.ts';
import type { LoadOptions } from '../../src/kube/kubeconfig.ts';
import { loadClusterConfig } from '../../src/kube/kubeconfig.ts';
import { fakeClock } from '../support/fake-clock.ts';

interface Parts {
  readonly server?: string;
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly currentContext?: string;
  readonly clusters?: readonly object[];
  readonly users?: readonly object[];
}

/** JSON is YAML. */
function kubeconfig(parts: Parts = {}): string {
  const { server = 'https://api.example.com:6443', cluster = {}, user = { token: 'CANARY' }, context = {} } = parts;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: parts.clusters ?? [{ name: 'c', cluster: { server, ...cluster } }],
    users: parts.users ?? [{ name: 'u', user }],
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': parts.currentContext ?? 'ctx',
  });
}

describe('kubeconfig', function () {
  this.timeout(30_000); // the SDK takes its time to load on a busy machine
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'regcred-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const file = async (text: string, name = 'config'): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };
  const load = (options: Partial<LoadOptions>): ReturnType<typeof loadClusterConfig> =>
    loadClusterConfig({ clock: fakeClock(), env: {}, home: directory, serviceAccountDirectory: directory, ...options });

  it('gives server, namespace, token and TLS settings', async () => {
    const ca = Buffer.from('the CA').toString('base64');
    const cluster = { 'certificate-authority-data': ca, 'tls-server-name': 'api.internal' };
    const path = await file(kubeconfig({ cluster, context: { namespace: 'team-a' } }));

    const config = await load({ kubeconfig: path });

    assert.equal(config.server.href, 'https://api.example.com:6443/');
    assert.equal(config.namespace, 'team-a');
    assert.deepEqual(await config.credentials(), {
      headers: { Authorization: 'Bearer CANARY' },
      tls: { ca: 'the CA', servername: 'api.internal' },
    });
  });

  it('takes plain HTTP, client certificates and user names', async () => {
    const data = (text: string): string => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': data('cert'), 'client-key-data': data('key') };
    const certificate = await load({ kubeconfig: await file(kubeconfig({ user })) });
    const plain = await load({ kubeconfig: await file(kubeconfig({ server: 'http://127.0.0.1:8001' }), 'plain') });
    const basic = { username: 'me', password: 'CANARY' };
    const named = await load({ kubeconfig: await file(kubeconfig({ user: basic }), 'basic') });

    const { tls } = await certificate.credentials();
    assert.deepEqual([tls.cert, tls.key], ['cert', 'key']);
    assert.equal(plain.server.href, 'http://127.0.0.1:8001/');
    const { headers } = await named.credentials();
    assert.equal(headers['Authorization'], `Basic ${data('me:CANARY')}`);
  });

  it('merges the files of KUBECONFIG, the first one wins, missing ones are left out', async () => {
    const first = await file(kubeconfig({ users: [] }), 'first');
    const second = await file(kubeconfig({ server: 'https://other.example.com' }), 'second');

    const config = await load({ env: { KUBECONFIG: [first, join(directory, 'missing'), second].join(delimiter) } });

    assert.equal(config.server.host, 'api.example.com:6443');
    const { headers } = await config.credentials();
    assert.equal(headers['Authorization'], 'Bearer CANARY');
  });

  it('is asked for in a Pod too when it was named, by --kubeconfig before KUBECONFIG; else the login of the Pod is', async () => {
    await file('pod-token', 'token');
    await file('pod-ca', 'ca.crt');
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    const KUBECONFIG = await file(kubeconfig({ server: 'https://env.example.com' }), 'env');
    const flag = await file(kubeconfig({ server: 'https://flag.example.com' }), 'flag');
    await mkdir(join(directory, '.kube'));
    await file(kubeconfig({ server: 'https://home.example.com' }), join('.kube', 'config'));

    const byFlag = await load({ env: { ...env, KUBECONFIG }, kubeconfig: flag });
    const byEnvironment = await load({ env: { ...env, KUBECONFIG } });
    const byPod = [await load({ env }), await load({ env: { ...env, KUBECONFIG: delimiter } })];
    await rm(join(directory, 'token'));
    const byHome = await load({ env });

    const hosts = [byFlag, byEnvironment, ...byPod, byHome].map(({ server }) => server.hostname);
    assert.deepEqual(hosts, ['flag.example.com', 'env.example.com', '10.0.0.1', '10.0.0.1', 'home.example.com']);
  });

  it('is missed when KUBECONFIG names it, also in a Pod: the login of the Pod was not asked for', async () => {
    await file('pod-token', 'token');
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: join(directory, 'missing') };

    await assert.rejects(load({ env }), /Cannot read kubeconfig ".*missing": no such file/);
  });

  it('F56: runs an exec plugin once, and again only when the API server refuses its token', async () => {
    const runs = join(directory, 'runs');
    const plugin = await file(
      [
        '#!/bin/sh',
        `echo run >> ${runs}`,
        `n=$(wc -l < ${runs} | tr -d ' ')`,
        `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'"}}'`,
      ].join('\n'),
      'plugin.sh',
    );
    await chmod(plugin, 0o755);
    const clock = fakeClock();
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, args: [] } };
    const config = await load({ clock, kubeconfig: await file(kubeconfig({ user })) });
    const token = async (options?: { force: true }): Promise<string | undefined> =>
      (await config.credentials(options)).headers['Authorization'];

    await Promise.all([token(), token(), token()]);
    clock.advance(60_000);
    assert.equal(await token(), 'Bearer t1');
    assert.deepEqual(await Promise.all([token({ force: true }), token({ force: true })]), ['Bearer t2', 'Bearer t2']);

    assert.equal(await readFile(runs, 'utf8'), 'run\nrun\n');
  });

  describe('that can not be used is told in one line, with the file and without its contents:', () => {
    const table: Readonly<Record<string, readonly [string, RegExp]>> = {
      'bad YAML': ['{"CANARY": [', /no valid kubeconfig; check it with kubectl config view$/],
      'an empty file': ['', /no valid kubeconfig/],
      'another document': ['"CANARY"', /no current context|no valid kubeconfig/],
      'no current context': [
        kubeconfig({ currentContext: '' }),
        /no current context; run kubectl config use-context NAME$/,
      ],
      'a context that does not exist': [
        kubeconfig({ currentContext: 'prod' }),
        /its current context "prod" does not exist; run kubectl config use-context with one of "ctx"$/,
      ],
      'a missing cluster': [kubeconfig({ clusters: [] }), /names no cluster of it/],
      'a missing user': [kubeconfig({ users: [] }), /names no user of it/],
      'a server that is no URL': [kubeconfig({ server: 'CANARY' }), /no http or https URL/],
      'a proxy': [kubeconfig({ cluster: { 'proxy-url': 'http://CANARY' } }), /proxy-url is not supported/],
      'a missing certificate authority': [
        kubeconfig({ cluster: { 'certificate-authority': '/no/ca.pem' } }),
        /"certificate-authority" names a file that can not be read: "\/no\/ca\.pem" \(ENOENT\); correct the path/,
      ],
      'a missing certificate file': [
        kubeconfig({ user: { 'client-certificate': '/no/cert.pem' } }),
        /"client-certificate" names a file that can not be read: "\/no\/cert\.pem" \(ENOENT\)/,
      ],
      'a missing key file': [
        kubeconfig({ user: { 'client-certificate-data': 'Q0FOQVJZ', 'client-key': '/no/key.pem' } }),
        /"client-key" names a file that can not be read: "\/no\/key\.pem" \(ENOENT\)/,
      ],
      'an exec plugin that is missing': [
        kubeconfig({
          user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-login', args: ['CANARY'] } },
        }),
        /"command" of its user's exec plugin can not be run: "no-such-login" \(ENOENT\)/,
      ],
      'an exec plugin that fails': [
        kubeconfig({
          user: {
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1',
              command: 'sh',
              args: ['-c', 'echo CANARY >&2; exit 1'],
            },
          },
        }),
        /its user can not log in \(Error\)/,
      ],
    };
    for (const [title, [text, message]] of Object.entries(table)) {
      it(title, async () => {
        const path = await file(text);

        await assert.rejects(load({ kubeconfig: path }), (error) => {
          assert(error instanceof ClusterConfigError);
          assert.match(error.message, message);
          assert(error.message.startsWith(`Cannot use kubeconfig "${path}": `), error.message);
          assert.doesNotMatch(`${error.message}${error.stack}`, /CANARY|\n[^ ]/);
          return true;
        });
      });
    }

    it('a missing file', async () => {
      const expected = {
        name: 'ClusterConfigError',
        message: /no such file; give --kubeconfig FILE or set KUBECONFIG$/,
      };

      await assert.rejects(load({ kubeconfig: join(directory, 'missing') }), expected);
      await assert.rejects(load({}), expected);
    });
  });
});
