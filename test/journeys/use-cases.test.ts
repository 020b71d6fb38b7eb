import { openSandbox } from '../support/target.ts';
import { describeUseCases } from './use-cases.cases.ts';

describeUseCases(openSandbox);
