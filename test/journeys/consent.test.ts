import { openSandbox } from '../support/target.ts';
import { describeConsent, describeRefusedTokenRequests } from './consent.cases.ts';

describeConsent(openSandbox);
describeRefusedTokenRequests(openSandbox);
