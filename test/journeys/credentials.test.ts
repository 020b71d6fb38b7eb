import { openSandbox } from '../support/target.ts';
import { describeCredentials } from './credentials.cases.ts';

describeCredentials(openSandbox);
