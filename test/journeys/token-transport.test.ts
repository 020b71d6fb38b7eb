import { openSandbox } from '../support/target.ts';
import { describeTokenTransportSandboxOnly } from './token-transport.cases.ts';

describeTokenTransportSandboxOnly(openSandbox);
