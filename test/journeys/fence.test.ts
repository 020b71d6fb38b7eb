import { openSandbox } from '../support/target.ts';
import { describeFenceReport } from './fence.cases.ts';

describeFenceReport(openSandbox);
