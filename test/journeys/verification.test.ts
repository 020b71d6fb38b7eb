import { openSandbox } from '../support/target.ts';
import { describeVerification } from './verification.cases.ts';

describeVerification(openSandbox);
