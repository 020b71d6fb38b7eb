import { openSandbox } from '../support/target.ts';
import { describeServiceAccounts, describeServiceAccountsSandboxOnly } from './service-accounts.cases.ts';

describeServiceAccounts(openSandbox);
describeServiceAccountsSandboxOnly(openSandbox);
