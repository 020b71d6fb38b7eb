import { openSandbox } from '../support/target.ts';
import { describeSecrets, describeSecretsSandboxOnly } from './secrets.cases.ts';

describeSecrets(openSandbox);
describeSecretsSandboxOnly(openSandbox);
