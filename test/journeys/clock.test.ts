import { openSandbox } from '../support/target.ts';
import { describeClock } from './clock.cases.ts';

describeClock(openSandbox);
