// Runs the contract suite on the embedded API server, over TLS as a real one is.
import { randomUUID } from 'node:crypto';

import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { describeApiServerContract, type ContractCluster } from './contract.ts';

describeApiServerContract('the sandbox', async (): Promise<ContractCluster> => {
  const sandbox = await startSandbox({ tls: true });
  const { apiServer, adminAccess, operator } = sandbox;
  const trust = operator.ca === undefined ? {} : { ca: operator.ca };
  return {
    access: adminAccess,
    addUser: (rules) => {
      const token = randomUUID();
      apiServer.addUser({ token, name: 'limited', rules });
      return Promise.resolve({ access: { url: operator.url, token, ...trust }, name: 'limited' });
    },
    setSecretQuota: (namespace, limit) => {
      apiServer.setSecretQuota(namespace, limit);
      return Promise.resolve();
    },
    tooOldVersion: () => {
      const version = String(apiServer.machinery.store.revision);
      apiServer.expireHistory();
      return Promise.resolve(version);
    },
    expireContinueTokens: () => {
      apiServer.expireHistory();
      return Promise.resolve();
    },
    operator: { access: operator, name: 'operator', namespace: operator.namespace },
    close: () => sandbox.stop(),
  };
});
