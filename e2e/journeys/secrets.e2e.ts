// "Secrets changed by others", played on the real control plane.
import { describeSecrets } from '../../test/journeys/secrets.cases.ts';
import { openReal } from '../support/target.ts';

describeSecrets(openReal);
