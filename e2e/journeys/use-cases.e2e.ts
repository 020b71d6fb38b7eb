// The five use cases of the Kubernetes documentation ("Images"), each end to end on a real API server.
import { describeUseCases } from '../../test/journeys/use-cases.cases.ts';
import { openReal } from '../support/target.ts';

describeUseCases(openReal);
