import { openSandbox } from '../support/target.ts';
import { describeClouds } from './clouds.cases.ts';

describeClouds(openSandbox);
