// The ways of acr.
import { startAzure } from '../../../src/sandbox/cloud/azure.ts';
import type { Azure } from '../../../src/sandbox/cloud/azure.ts';
import { operatorToken } from '../../support/sky.ts';
import type { Vendor } from '../../support/sky.ts';
import type { Mode } from './mode.ts';

const HOST = 'teama.azurecr.io';
const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '33333333-4444-5555-6666-777777777777';
const NODE = '55555555-6666-7777-8888-999999999999';
const SYSTEM = '66666666-7777-8888-9999-aaaaaaaaaaaa';
const SECRET = 'CANARY~client~secret';
const RESOURCE_ID = `/subscriptions/${TENANT}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;
const roles = { [HOST]: '*' } as const;

// It runs by the real clock, as its Date header does.
export const azure: Vendor<Azure> = {
  host: HOST,
  imitates: 'acr',
  start: ({ issuer, subject }) =>
    startAzure({
      issuer,
      applications: [
        {
          tenantId: TENANT,
          clientId: APP,
          secret: SECRET,
          federated: {
            get subject() {
              return subject();
            },
          },
          roles,
        },
      ],
      identities: [
        { tenantId: TENANT, clientId: NODE, resourceId: RESOURCE_ID, roles },
        { tenantId: TENANT, clientId: SYSTEM, roles },
      ],
    }),
  endpoints: (url) => ({ entra: url, 'azure-metadata': url, acr: url }),
  accepts: (cloud) => (username, password, repository) =>
    cloud.accepts(username, password, { host: HOST, ...(repository !== undefined && { repository }) }),
};

const registries = [{ prefix: HOST }];
const servicePrincipal = (secret: string) => ({
  servicePrincipal: { tenantID: TENANT, secretRef: { name: secret } },
});
const withSecret = {
  kind: 'cluster',
  prefix: HOST,
  secret: () => ({ AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: SECRET }),
} as const;

export const acrModes: readonly Mode<Azure>[] = [
  {
    ...withSecret,
    title: 'acr with a service principal',
    provider: ({ secret }) => ({ acr: { registries, auth: servicePrincipal(secret) } }),
    calls: 2,
  },
  {
    ...withSecret,
    title: 'acr with a service principal, for one repository',
    provider: ({ secret }) => ({
      acr: {
        registries: [{ prefix: HOST, repositories: ['shop/api'], verifyRepository: 'shop/api' }],
        auth: servicePrincipal(secret),
      },
    }),
    calls: 3,
    verified: 'PullProven',
  },
  {
    title: 'acr with the assertion of a ServiceAccount',
    kind: 'tenant',
    prefix: HOST,
    annotations: { 'azure.workload.identity/tenant-id': TENANT, 'azure.workload.identity/client-id': APP },
    provider: ({ serviceAccount }) => ({
      acr: { registries, auth: { workloadIdentity: { serviceAccountRef: { name: serviceAccount } } } },
    }),
    calls: 2,
  },
  {
    title: 'acr with the operator itself',
    kind: 'cluster',
    prefix: HOST,
    environment: { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: APP, AZURE_FEDERATED_TOKEN_FILE: '/var/run/token' },
    file: operatorToken('api://AzureADTokenExchange'),
    provider: () => ({ acr: { registries, auth: { ambient: {} } } }),
    calls: 2,
  },
  {
    title: 'acr with the identity of the node',
    kind: 'cluster',
    prefix: HOST,
    provider: () => ({ acr: { registries, auth: { ambient: { source: 'Node' } } } }),
    calls: 2,
  },
  {
    title: 'acr with an identity of the node that is named',
    kind: 'cluster',
    prefix: HOST,
    provider: () => ({ acr: { registries, auth: { ambient: { source: 'Node', clientID: NODE } } } }),
    calls: 2,
  },
];
