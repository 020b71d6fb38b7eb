import { openSandbox } from '../support/target.ts';
import { describeRotation } from './rotation.cases.ts';

describeRotation(openSandbox);
