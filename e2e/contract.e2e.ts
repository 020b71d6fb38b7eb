// What the embedded API server claims, asked of a real one: it may only do what the real one does.
import { describeApiServerContract } from '../test/contract/contract.ts';
import { openContractCluster } from './support/contract-cluster.ts';

describeApiServerContract('A real API server', openContractCluster);
