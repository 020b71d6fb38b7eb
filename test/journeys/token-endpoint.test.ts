import { openSandbox } from '../support/target.ts';
import { describeTokenEndpointSandboxOnly } from './token-endpoint.cases.ts';

describeTokenEndpointSandboxOnly(openSandbox);
