import { openSandbox } from '../support/target.ts';
import { describeCredentialInputs, describeCredentialInputsSandboxOnly } from './credential-inputs.cases.ts';

describeCredentialInputs(openSandbox);
describeCredentialInputsSandboxOnly(openSandbox);
