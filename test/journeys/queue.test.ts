import { openSandbox } from '../support/target.ts';
import { describeQueue, describeQueueUnderLoad } from './queue.cases.ts';

describeQueue(openSandbox);
describeQueueUnderLoad(openSandbox);
