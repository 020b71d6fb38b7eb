// The ways of icr.
import { startIbm } from '../../../src/sandbox/cloud/ibm.ts';
import type { Ibm } from '../../../src/sandbox/cloud/ibm.ts';
import type { Vendor } from '../../support/sky.ts';
import type { Mode } from './mode.ts';

const HOST = 'de.icr.io';
const PREFIX = `${HOST}/platform`;
const KEY = 'CANARY-api-key';

export const ibm: Vendor<Ibm> = {
  host: HOST,
  imitates: 'icr',
  start: ({ issuer, subject }) =>
    startIbm({
      apiKeys: { [KEY]: 'ServiceId-1' },
      profiles: [
        {
          id: 'Profile-1111',
          name: 'team a',
          get subject() {
            return subject();
          },
        },
      ],
      issuer,
    }),
  endpoints: (url) => ({ 'ibm-iam': url }),
  accepts: (cloud) => (username, password) => cloud.accepts(username, password),
};

const registries = [{ prefix: PREFIX, verifyRepository: 'platform/base/jre' }];

export const icrModes: readonly Mode<Ibm>[] = [
  {
    title: 'icr with an API key',
    kind: 'cluster',
    prefix: PREFIX,
    secret: () => ({ apikey: KEY }),
    provider: ({ secret }) => ({ icr: { registries, auth: { apiKey: { secretRef: { name: secret } } } } }),
    calls: 1,
    verified: 'PullProven',
  },
  {
    title: 'icr with the trusted profile of a ServiceAccount',
    kind: 'tenant',
    prefix: PREFIX,
    provider: ({ serviceAccount }) => ({
      icr: {
        registries,
        auth: { workloadIdentity: { serviceAccountRef: { name: serviceAccount }, profileID: 'Profile-1111' } },
      },
    }),
    calls: 1,
    verified: 'PullProven',
  },
];
