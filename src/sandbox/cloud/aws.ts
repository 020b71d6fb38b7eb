// A stub of AWS: STS, ECR, ECR Public, the Pod Identity agent and the instance metadata behind one address. It checks what
// AWS checks: signatures by the key's secret, trust, audience, external id, session names.
import { answerEcr } from './aws-ecr.ts';
import { answerMetadata } from './aws-metadata.ts';
import { createState, grantOf } from './aws-state.ts';
import type { AwsOptions, AwsRole, AwsUser } from './aws-state.ts';
import { answerSts } from './aws-sts.ts';
import { startCloudServer } from './cloud-server.ts';
import type { CloudServer } from './cloud-server.ts';

export type { AwsOptions, AwsRole, AwsUser } from './aws-state.ts';

export interface AwsCloud extends CloudServer {
  /** Whether ECR would take this login: given here, not yet expired. */
  accepts(username: string, password: string): boolean;
  /** Adds a role, or changes its trust. */
  setRole(role: AwsRole): void;
  setUser(user: AwsUser): void;
  /** Takes a key away. */
  removeUser(accessKeyId: string): void;
  /** Ends every registry token that was given. */
  revokeTokens(): void;
  /** Session policies in the order in which they came. */
  readonly sessionPolicies: readonly string[];
}

/** `options.now` is the clock of AWS. */
export async function startAws(options: AwsOptions = {}): Promise<AwsCloud> {
  const state = createState(options);
  const server = await startCloudServer(
    (request) =>
      answerEcr(state, request) ??
      answerSts(state, request) ??
      answerMetadata(state, request) ?? { status: 404, body: { __type: 'UnknownOperationException' } },
    options,
  );
  return {
    ...server,
    accepts(username, password) {
      const token = username === 'AWS' ? state.tokens.get(password) : undefined;
      return token !== undefined && token.expiresAt > state.now();
    },
    setRole: (role) => void state.roles.set(role.arn, role),
    setUser: (user) => void state.grants.set(user.accessKeyId, grantOf(user)),
    removeUser: (accessKeyId) => void state.grants.delete(accessKeyId),
    revokeTokens: () => state.tokens.clear(),
    sessionPolicies: state.sessionPolicies,
  };
}
