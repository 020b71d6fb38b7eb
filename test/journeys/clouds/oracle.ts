// The ways of ocir.
import { startOracle } from '../../../src/sandbox/cloud/oracle.ts';
import type { ApiKey, Oracle } from '../../../src/sandbox/cloud/oracle.ts';
import type { Vendor } from '../../support/sky.ts';
import type { Mode } from './mode.ts';

const HOST = 'fra.ocir.io';
const PREFIX = `${HOST}/mytenancyns`;

export const oracle: Vendor<Oracle> = {
  host: HOST,
  imitates: 'ocir',
  start: ({ now }) => startOracle({ instanceTenancy: 'ocid1.tenancy.oc1..node', now }),
  endpoints: (url) => ({ ocir: url, 'oci-metadata': url, 'oci-auth': url }),
  accepts: (cloud) => (username, password) => cloud.accepts(username, password),
};

const registries = [{ prefix: PREFIX, verifyRepository: 'mytenancyns/base/jre' }];
const keys = new WeakMap<Oracle, ApiKey>();

function keyOf(cloud: Oracle): ApiKey {
  const key = keys.get(cloud) ?? cloud.createKey('puller', 'open sesame');
  keys.set(cloud, key);
  return key;
}

export const ocirModes: readonly Mode<Oracle>[] = [
  {
    title: 'ocir with a signing key',
    kind: 'cluster',
    prefix: PREFIX,
    secret: (cloud) => ({ privateKey: keyOf(cloud).privateKey, passphrase: 'open sesame' }),
    provider({ cloud, secret }) {
      const { tenancyOCID, userOCID, fingerprint } = keyOf(cloud);
      return {
        ocir: { registries, auth: { signingKey: { tenancyOCID, userOCID, fingerprint, secretRef: { name: secret } } } },
      };
    },
    calls: 1,
    verified: 'PullProven',
  },
  {
    title: 'ocir with the principal of the instance',
    kind: 'cluster',
    prefix: PREFIX,
    provider: () => ({ ocir: { registries, auth: { ambient: {} } } }),
    calls: 6,
    verified: 'PullProven',
  },
];
