import { openSandbox } from '../support/target.ts';
import { describeStoredTokens, describeStoredTokensSandboxOnly } from './stored-tokens.cases.ts';

describeStoredTokens(openSandbox);
describeStoredTokensSandboxOnly(openSandbox);
