import { openSandbox } from '../support/target.ts';
import { describeContested } from './contested.cases.ts';

describeContested(openSandbox);
