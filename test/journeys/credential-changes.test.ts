import { openSandbox } from '../support/target.ts';
import { describeCredentialChanges } from './credential-changes.cases.ts';

describeCredentialChanges(openSandbox);
