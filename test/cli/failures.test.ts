import assert from 'node:assert/strict';
import { CommandError, explainKubeError, reportFailures } from '../../src/cli/failures.ts';
import { ConfigError } from '../../src/config.ts';
import { KubeError } from '../../src/kube/client.ts';
import type { KubeErrorKind } from '../../src/kube/client.ts';
import { ClusterConfigError } from '../../src/kube/cluster-config.ts';
import { WireError } from '../../src/kube/wire.ts';
import { ProxyError } from '../../src/lib/proxy.ts';
import { paperIo } from './io.ts';

async function report(thrown: unknown): Promise<{ code: number; err: string }> {
  const { io, printed } = paperIo();
  const code = await reportFailures(io, () => {
    throw thrown;
  });
  return { code, err: printed().err };
}

const refused = (kind: KubeErrorKind, request = 'list secrets in namespace "team-a"', cause?: unknown): KubeError =>
  new KubeError({ kind, status: 403, request, detail: 'words of the server' }, { cause });

describe('failures', () => {
  it('F254: gives each refusal of the API server one line that says what to do', () => {
    const lost = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const cases: readonly (readonly [KubeError, RegExp])[] = [
      [
        refused('Forbidden'),
        /add this rule to your role: \{apiGroups: \[""\], resources: \["secrets"\], verbs: \["list"\]\}$/,
      ],
      [
        refused('Forbidden', 'get leases "x" in namespace "y"'),
        /apiGroups: \["coordination\.k8s\.io"\], resources: \["leases"\]/,
      ],
      [refused('Forbidden', 'patch registrycredentials/status "x"'), /resources: \["registrycredentials\/status"\]/],
      [refused('NotServed', 'list registrycredentials'), /kubectl apply -k manifests$/],
      [refused('NotServed'), /the cluster does not serve this kind$/],
      [refused('Unauthorized'), /check the user in the kubeconfig$/],
      [refused('Unreachable', 'list secrets', lost), /^Cannot reach the API server \(ENOTFOUND\); check/],
      [refused('Malformed'), /check "server" in the kubeconfig$/],
      [refused('Conflict'), /^Cannot list secrets in namespace "team-a": Conflict/],
    ];
    for (const [error, text] of cases) assert.match(explainKubeError(error), text);
  });

  it('says of a server that does not answer that it gave no answer in time, never the name of a class', () => {
    const said = (error: WireError): string => explainKubeError(refused('Unreachable', 'list secrets', error));

    assert.match(
      said(new WireError('Deadline', { sent: true })),
      /^Cannot reach the API server: no answer in time; check that/,
    );
    assert.match(said(new WireError('Lost', { sent: true })), /^Cannot reach the API server; check that/);
    assert.match(
      said(new WireError('Lost', { sent: false, code: 'ECONNREFUSED' })),
      /^Cannot reach the API server \(ECONNREFUSED\); check that/,
    );
  });

  it('names the certificate authority, not the cluster, when the certificate of the server is refused', () => {
    const authority = /its certificate is not signed by .* check "certificate-authority" of the cluster in it/;
    const cases: Readonly<Record<string, RegExp>> = {
      SELF_SIGNED_CERT_IN_CHAIN: authority,
      DEPTH_ZERO_SELF_SIGNED_CERT: authority,
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: authority,
      UNABLE_TO_GET_ISSUER_CERT: authority,
      UNABLE_TO_GET_ISSUER_CERT_LOCALLY: authority,
      CERT_HAS_EXPIRED: /its certificate has expired; renew it, and check the clock/,
      ERR_TLS_CERT_ALTNAME_INVALID: /its certificate is for another name; check "server" and "tls-server-name"/,
    };
    for (const [code, text] of Object.entries(cases)) {
      const cause = new WireError('Lost', { sent: false, code });

      const said = explainKubeError(refused('Unreachable', 'list secrets', cause));

      assert.match(said, text);
      assert.ok(said.startsWith('Cannot reach the API server: ') && said.endsWith(` (${code})`), said);
      assert.doesNotMatch(said, /cluster runs/);
    }
  });

  it('shows foreseen ends as they are, with their exit code', async () => {
    assert.deepEqual(await report(new CommandError('stop it first')), { code: 2, err: 'regcred: stop it first\n' });
    assert.deepEqual(await report(new CommandError('a\nb', 1)), { code: 1, err: 'regcred: a\nregcred: b\n' });
    assert.deepEqual(await report(new ClusterConfigError('no file')), { code: 2, err: 'regcred: no file\n' });
    assert.deepEqual(await report(new ProxyError('no proxy')), { code: 2, err: 'regcred: no proxy\n' });
    assert.deepEqual(await report(new ConfigError(['x', 'y'])), { code: 2, err: 'regcred: x\nregcred: y\n' });
  });

  it('shows of anything else no more than its class or code', async () => {
    const { code, err } = await report(new RangeError('CANARY-77'));

    assert.equal(code, 1);
    assert.equal(err, 'regcred: Cannot go on: unexpected error (RangeError)\n');
  });

  it('lets no text play tricks with the terminal', async () => {
    const { err } = await report(new CommandError('name \u001b[2J'));

    assert.equal(err, 'regcred: name \\u001b[2J\n');
  });
});
