// The name of a role session, as CloudTrail shows it: whose credential this is.
import { shortHash } from '../../lib/hash.ts';
import type { ProviderContext } from '../provider.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: 2 to 64 of `[\w+=,.@-]`. */
const LONGEST = 64;

/** Namespace and ServiceAccount; kind and name of the credential where there is no ServiceAccount. */
export function sessionName(credential: ProviderContext['credential'], serviceAccount?: string): string {
  const { kind, namespace, name } = credential;
  if (serviceAccount !== undefined) return shortened(`${namespace}.${serviceAccount}`);
  return shortened(kind === 'RegistryCredential' ? `${kind}.${namespace}.${name}` : `${kind}.${name}`);
}

function shortened(text: string): string {
  const plain = text.replace(/[^\w+=,.@-]/g, '-');
  if (plain.length <= LONGEST) return plain;
  const hash = shortHash(plain);
  return `${plain.slice(0, LONGEST - hash.length - 1)}.${hash}`;
}
