// What a command says when it can not go on: one line that names the cause and what to do, and an exit code. Never a stack
// trace, never somebody else's text that could quote a secret.
import { API_GROUP } from '../api/names.ts';
import { ConfigError } from '../config.ts';
import { isKubeError } from '../kube/client.ts';
import type { KubeError } from '../kube/client.ts';
import { ClusterConfigError } from '../kube/cluster-config.ts';
import { groupOf, ruleFor } from '../kube/rbac-rule.ts';
import { WireError } from '../kube/wire.ts';
import { TerminalError, nameOf } from '../lib/errors.ts';
import { ProxyError } from '../lib/proxy.ts';
import { printable } from '../lib/redact.ts';
import { EXIT } from './io.ts';
import type { Io } from './io.ts';

const OTHER_AUTHORITY =
  'its certificate is not signed by the authority that the kubeconfig trusts; check "certificate-authority" of the cluster in it';
/** What OpenSSL and Node say of a server's certificate. */
const CERTIFICATE_REFUSALS: ReadonlyMap<string, string> = new Map([
  ['SELF_SIGNED_CERT_IN_CHAIN', OTHER_AUTHORITY],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', OTHER_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', OTHER_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', OTHER_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', OTHER_AUTHORITY],
  ['CERT_HAS_EXPIRED', 'its certificate has expired; renew it, and check the clock of this machine'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'its certificate is for another name; check "server" and "tls-server-name" in the kubeconfig',
  ],
]);

/** An end that was foreseen: its message is what to show, usually one line. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  constructor(message: string, exitCode: number = EXIT.couldNotTell, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Runs a command; whatever it throws becomes lines on stderr and an exit code. */
export async function reportFailures(io: Io, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (thrown) {
    const { lines, exitCode } = explain(thrown);
    for (const line of lines) io.err(`regcred: ${printable(line)}\n`);
    return exitCode;
  }
}

/** What the API server's refusal means for the person at the keyboard. */
export function explainKubeError(error: KubeError, { doubt = '', verbs }: Hints = {}): string {
  const cannot = `Cannot ${error.request}`;
  switch (error.kind) {
    case 'NotServed':
      return groupOf(error.request) === API_GROUP
        ? `${cannot}: the cluster does not know this kind; install it with: kubectl apply -k manifests`
        : `${cannot}: the cluster does not serve this kind`;
    case 'Forbidden':
      return `${cannot}: no permission (HTTP ${error.status}); ${doubt}add this rule to your role: ${ruleFor(error.request, verbs)}`;
    case 'Unauthorized':
      return `${cannot}: the API server does not accept the login (HTTP 401); check the user in the kubeconfig`;
    case 'Unreachable':
      return `Cannot reach the API server${whyUnreachable(error)}`;
    case 'Malformed':
      return `${cannot}: the answer is not that of a Kubernetes API server; check "server" in the kubeconfig`;
    default:
      return error.message;
  }
}

interface Hints {
  /** Verbs that the command needs, beside the one that was refused. */
  readonly verbs?: readonly string[];
  /** What to ask before a rule is added: "is ...? If so, ". */
  readonly doubt?: string | undefined;
}

function explain(thrown: unknown): { readonly lines: readonly string[]; readonly exitCode: number } {
  if (thrown instanceof TerminalError) return { lines: [thrown.message], exitCode: EXIT.needsAction };
  if (thrown instanceof CommandError) return { lines: thrown.message.split('\n'), exitCode: thrown.exitCode };
  if (thrown instanceof ConfigError) return { lines: thrown.mistakes, exitCode: EXIT.usage };
  if (thrown instanceof ClusterConfigError || thrown instanceof ProxyError)
    return { lines: [thrown.message], exitCode: EXIT.usage };
  if (isKubeError(thrown)) return { lines: [explainKubeError(thrown)], exitCode: EXIT.couldNotTell };
  if (isListenError(thrown)) return { lines: [thrown.message], exitCode: EXIT.failed };
  return { lines: [`Cannot go on: unexpected error (${nameOf(thrown)})`], exitCode: EXIT.failed };
}

/** From lib/health.ts: an address that can not be had, with the flag that changes it. */
function isListenError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.message.startsWith('Cannot listen on ');
}

/** The cause, and what to look at: a certificate that is refused comes from a server that runs. */
function whyUnreachable({ cause }: KubeError): string {
  const server = 'check that the cluster runs, and "server" in the kubeconfig';
  if (cause instanceof WireError && cause.fault === 'Deadline') return `: no answer in time; ${server}`;
  if (cause === undefined || (cause instanceof WireError && cause.code === undefined)) return `; ${server}`;
  const code = cause instanceof WireError && cause.code !== undefined ? cause.code : nameOf(cause);
  const refusal = CERTIFICATE_REFUSALS.get(code);
  return refusal === undefined ? ` (${code}); ${server}` : `: ${refusal} (${code})`;
}
