import { openSandbox } from '../support/target.ts';
import { describeClouds, describeCloudsSandboxOnly } from './clouds.cases.ts';

describeClouds(openSandbox);
describeCloudsSandboxOnly(openSandbox);
