// A credential's provider, bound to its spec.
import type { BoundProvider } from '../../providers/provider.ts';
import type { Credential } from '../credential.ts';
import { providerBlock } from './identity.ts';
import { secretInputs } from './inputs.ts';
import type { CredentialPorts } from './ports.ts';

type Bind = Pick<CredentialPorts, 'bind'>;

/** Undefined: this operator has no such provider. */
export function boundProvider(credential: Credential, { bind }: Bind): BoundProvider | undefined {
  return bind(credential.provider, providerBlock(credential) as never);
}

/** Names of the Secrets that it reads: who uses this Secret? */
export function inputSecretsOf(credential: Credential, ports: Bind): readonly string[] {
  return credential.problem === undefined ? secretInputs(boundProvider(credential, ports)?.inputs() ?? {}) : [];
}
