import { openSandbox } from '../support/target.ts';
import { describeConsent, describeConsentSandboxOnly } from './consent.cases.ts';

describeConsent(openSandbox);
describeConsentSandboxOnly(openSandbox);
