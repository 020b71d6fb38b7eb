// Stub of Azure: Entra's token endpoint, the node's metadata and a registry's exchange. It checks what the real ones check;
// facts: https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md and Entra's error codes.
import { configuration, entraToken, metadata } from './azure-entra.ts';
import { exchange, repositoryToken } from './azure-registry.ts';
import { mayPull } from './azure-state.ts';
import type { AzureOptions, AzureState } from './azure-state.ts';
import { startCloudServer } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest, CloudServer } from './cloud-server.ts';

export type { AzureOptions } from './azure-state.ts';

export interface Azure extends CloudServer {
  /** Is it a login of ours that is alive? At one registry, and for a pull of one repository, where they are given. */
  accepts(username: string, password: string, at?: { readonly host?: string; readonly repository?: string }): boolean;
  /** All tokens of the registries end now. */
  revoke(): void;
}

export const ACR_USERNAME = '00000000-0000-0000-0000-000000000000';

export async function startAzure(options: AzureOptions = {}): Promise<Azure> {
  const now = options.now ?? ((): Date => new Date());
  const state: AzureState = { options, now, entra: new Map(), refresh: new Map(), scoped: new Map() };
  const server = await startCloudServer((request) => route(state, request), options);
  return {
    ...server,
    accepts(username, password, { host, repository } = {}) {
      const token = state.refresh.get(password) ?? state.scoped.get(password);
      if (!token || username !== ACR_USERNAME || token.endsAt <= now().getTime()) return false;
      return (
        (host ?? token.host) === token.host && (repository === undefined || mayPull(token.repositories, repository))
      );
    },
    revoke() {
      state.refresh.clear();
      state.scoped.clear();
    },
  };
}

function route(state: AzureState, request: CloudRequest): CloudAnswer {
  const { method, url } = request;
  const path = url.pathname;
  if (method === 'GET' && path === '/metadata/identity/oauth2/token') return metadata(state, request);
  const discovery = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/.exec(path)?.[1];
  if (method === 'GET' && discovery !== undefined) return configuration(state, discovery);
  if (method !== 'POST' || !isForm(request)) return { status: 405, body: {} };
  const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path)?.[1];
  if (tenant !== undefined) return entraToken(state, tenant, request.form);
  if (path === '/oauth2/exchange') return exchange(state, request.form);
  if (path === '/oauth2/token') return repositoryToken(state, request.form);
  return { status: 404, body: {} };
}

function isForm({ headers }: CloudRequest): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}
