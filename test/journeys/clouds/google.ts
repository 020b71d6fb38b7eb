// The ways of gar.
import { startGoogle } from '../../../src/sandbox/cloud/google.ts';
import type { Google } from '../../../src/sandbox/cloud/google.ts';
import type { Vendor } from '../../support/sky.ts';
import type { Mode } from './mode.ts';

const HOST = 'europe-docker.pkg.dev';
const PREFIX = `${HOST}/team-a-prod`;
const PROVIDER = 'projects/123456789/locations/global/workloadIdentityPools/onprem/providers/cluster-1';
const GKE = { projectID: 'platform', location: 'europe-west1', clusterName: 'main' };
const GKE_POOL =
  'identitynamespace:platform.svc.id.goog:https://container.googleapis.com/v1/projects/platform/locations/europe-west1/clusters/main';
const PULLER = 'puller@team-a-prod.iam.gserviceaccount.com';
const KEY = 'key@proj.iam.gserviceaccount.com';
const NODE = 'node@proj.iam.gserviceaccount.com';

// It runs by the real clock: Google's library signs by that.
export const google: Vendor<Google> = {
  host: HOST,
  imitates: 'gar',
  start: ({ issuer, subject }) =>
    startGoogle({
      pools: [
        { audience: `//iam.googleapis.com/${PROVIDER}`, issuer, allows: (one) => one === subject() },
        { audience: GKE_POOL, allowedAudiences: ['platform.svc.id.goog'], issuer },
      ],
      actAs: {
        get [PULLER]() {
          return [KEY, NODE, subject()];
        },
      },
      metadataAccount: NODE,
    }),
  endpoints: (url) => ({
    'google-oauth2': url,
    'google-sts': url,
    'google-iamcredentials': url,
    'google-metadata': url,
  }),
  accepts: (cloud) => (username, password) => cloud.accepts(username, password),
};

const registries = [{ prefix: PREFIX, verifyRepository: 'team-a-prod/base/jre' }];
const impersonate = { serviceAccountEmail: PULLER };
const shared = { prefix: PREFIX, verified: 'PullProven' } as const;
const account = (name: string) => ({ serviceAccountRef: { name } });

export const garModes: readonly Mode<Google>[] = [
  {
    ...shared,
    title: 'gar with a key file',
    kind: 'cluster',
    secret: (cloud) => ({ 'key.json': cloud.createKey(KEY) }),
    provider: ({ secret }) => ({ gar: { registries, auth: { serviceAccountKey: { secretRef: { name: secret } } } } }),
    calls: 1,
  },
  {
    ...shared,
    title: 'gar with the federation of a ServiceAccount',
    kind: 'tenant',
    provider: ({ serviceAccount }) => ({
      gar: {
        registries,
        auth: { workloadIdentity: { ...account(serviceAccount), workloadIdentityProvider: PROVIDER } },
      },
    }),
    calls: 1,
  },
  {
    ...shared,
    title: 'gar with the federation of a ServiceAccount that acts as an account',
    kind: 'tenant',
    provider: ({ serviceAccount }) => ({
      gar: {
        registries,
        auth: { workloadIdentity: { ...account(serviceAccount), workloadIdentityProvider: PROVIDER } },
        impersonate,
      },
    }),
    calls: 2,
  },
  {
    ...shared,
    title: "gar with the cluster's own pool on GKE",
    kind: 'tenant',
    provider: ({ serviceAccount }) => ({
      gar: { registries, auth: { workloadIdentity: { ...account(serviceAccount), gke: GKE } } },
    }),
    calls: 1,
  },
  {
    ...shared,
    title: 'gar with the pool on GKE and the account of the annotation',
    kind: 'tenant',
    annotations: { 'iam.gke.io/gcp-service-account': PULLER },
    provider: ({ serviceAccount }) => ({
      gar: { registries, auth: { workloadIdentity: { ...account(serviceAccount), gke: GKE } } },
    }),
    calls: 2,
  },
  {
    ...shared,
    title: 'gar with the operator itself',
    kind: 'cluster',
    provider: () => ({ gar: { registries, auth: { ambient: {} } } }),
    calls: 1,
  },
  {
    ...shared,
    title: 'gar with the operator itself that acts as an account',
    kind: 'cluster',
    provider: () => ({ gar: { registries, auth: { ambient: {} }, impersonate } }),
    calls: 2,
  },
];
