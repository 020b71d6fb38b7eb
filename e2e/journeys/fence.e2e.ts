// A fence that is missing, or around somebody else, played on the real control plane.
import { describeFenceReport } from '../../test/journeys/fence.cases.ts';
import { openReal } from '../support/target.ts';

describeFenceReport(openReal);
