// One call of a provider, with its inputs and everything outside that it may use.
import { issueFailure } from '../../api/reasons.ts';
import { isKubeError } from '../../kube/client.ts';
import { noticingSkew } from '../../lib/clock-skew.ts';
import { nameOf } from '../../lib/errors.ts';
import type { BoundProvider, IssueFailure, IssueResult, SharedStep } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import { examineToken } from './examine.ts';
import type { KeyedGroup } from './identity.ts';
import { requestTokens } from './input-service-accounts.ts';
import { homeNamespace } from './inputs.ts';
import type { ResolvedInputs } from './inputs.ts';
import type { CredentialPorts } from './ports.ts';
import type { Share } from './share.ts';

interface GroupCall {
  readonly group: KeyedGroup;
  readonly inputs: ResolvedInputs;
  readonly share: Share;
}

/** Tokens of ServiceAccounts are asked for right before they are used, once for all calls that are made together. */
export async function callProvider(
  credential: Credential,
  bound: BoundProvider,
  { group, inputs, share }: GroupCall,
  ports: CredentialPorts,
  signal: AbortSignal,
): Promise<readonly IssueResult[]> {
  const tokens = await share('tokens of ServiceAccounts', () =>
    requestTokens(inputs.tokens, inputs.home, ports.client, { signal }),
  );
  if (isFailure(tokens)) return [tokens];
  const prefixes = bound.groups() === undefined ? undefined : group.prefixes;
  const results = await exchange(
    credential,
    bound,
    { values: { ...inputs.values, ...tokens }, prefixes, share },
    ports,
    signal,
  );
  const now = ports.clock.now();
  const failed = results.some((result) => examineToken(result, credential, now).kind === 'failure');
  ports.metrics.exchanged(credential.provider, failed ? 'error' : 'success');
  return results;
}

function isFailure(value: object): value is IssueFailure {
  return 'reason' in value;
}

interface Asked {
  readonly values: ResolvedInputs['values'];
  readonly prefixes?: readonly string[] | undefined;
  readonly share: Share;
}

/** What a provider throws is a failure too, but for what the API server could not answer. */
export async function exchange(
  credential: Credential,
  bound: BoundProvider,
  { values, prefixes, share }: Asked,
  ports: CredentialPorts,
  signal: AbortSignal,
): Promise<readonly IssueResult[]> {
  const { kind, name } = credential;
  const namespace = homeNamespace(credential, ports.permissions.operatorNamespace);
  const context = {
    ...ports.outside,
    fetch: noticingSkew(ports.outside.fetch, ports.clock, (ms) => ports.metrics.skewed(credential.provider, ms)),
    credential: { kind, namespace, name },
    now: () => ports.clock.now(),
    share: <Value>({ name: step, endpoint }: SharedStep, make: () => Promise<Value>) =>
      share(`step ${step}`, () => {
        if (endpoint === undefined) return make();
        return ports.exchanges.inTurn({ endpoint: `${credential.provider} ${endpoint}`, home: namespace }, make);
      }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(ports.issueDeadlineMs)]),
  };
  try {
    return await bound.issue({ inputs: values, context }, prefixes);
  } catch (error) {
    if (isKubeError(error)) throw error;
    const { key, provider } = credential;
    ports.logger.error('Provider failed unexpectedly', { credential: key, provider, error: nameOf(error) });
    return [issueFailure('InternalError', [], { name: nameOf(error), provider })];
  }
}
