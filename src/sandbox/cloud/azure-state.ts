// What the parts of the Azure stub share: who is known, what may be pulled where, and the tokens that were given.
import { canary } from './cloud-server.ts';
import type { CloudServerOptions } from './cloud-server.ts';
import type { Issuer } from './issuer.ts';

/** Registry -> what may be pulled there. Some repositories only: as roles in ABAC mode do. */
export type AzureRoles = Readonly<Record<string, '*' | readonly string[]>>;

export interface AzureApplication {
  readonly tenantId: string;
  readonly clientId: string;
  readonly secret?: string;
  readonly isSecretExpired?: boolean;
  /** Whom it trusts: `system:serviceaccount:NAMESPACE:NAME`, by the issuer of the options unless another is named. */
  readonly federated?: { readonly subject: string; readonly issuer?: string };
  readonly roles: AzureRoles;
}

/** A user-assigned identity of the node; without `resourceId` the system-assigned one, which has no name in requests. */
export interface AzureManagedIdentity {
  readonly tenantId: string;
  readonly clientId: string;
  readonly resourceId?: string;
  readonly roles: AzureRoles;
}

export interface AzureOptions extends CloudServerOptions {
  readonly applications?: readonly AzureApplication[];
  readonly identities?: readonly AzureManagedIdentity[];
  /** The cluster's; without it no assertion is good. */
  readonly issuer?: Pick<Issuer, 'url' | 'verify'>;
  readonly now?: () => Date;
  /** Of what the registries give; 'none': they do not say. */
  readonly lifeS?: number | 'none';
  /** Registries that take tokens for the resource manager, too. */
  readonly armRegistries?: readonly string[];
  /** Registry -> address that its firewall stops. */
  readonly firewalls?: Readonly<Record<string, string>>;
  /** Asked again, a registry gives the same token, as caches do. */
  readonly sameToken?: boolean;
}

export const REGISTRY_AUDIENCE = 'https://containerregistry.azure.net';
export const ARM_AUDIENCE = 'https://management.azure.com';

export interface Holder {
  readonly tenantId: string;
  readonly clientId: string;
  readonly roles: AzureRoles;
}

export interface Granted {
  readonly host: string;
  readonly holder: Holder;
  readonly repositories: '*' | readonly string[];
  readonly endsAt: number;
}

export interface AzureState {
  readonly options: AzureOptions;
  readonly now: () => Date;
  readonly entra: Map<string, { readonly holder: Holder; readonly audience: string; readonly endsAt: number }>;
  readonly refresh: Map<string, Granted>;
  readonly scoped: Map<string, Granted>;
}

export function mayPull(repositories: '*' | readonly string[], name: string): boolean {
  return repositories === '*' || repositories.includes(name);
}

/** Shaped like a JWT; what makes it ours is that we gave it out. */
export function jwt(claims: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${canary()}`;
}
