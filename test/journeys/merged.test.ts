import { openSandbox } from '../support/target.ts';
import { describeMerged } from './merged.cases.ts';

describeMerged(openSandbox);
