// "Consent and permissions", played on the real control plane.
import { describeConsent } from '../../test/journeys/consent.cases.ts';
import { openReal } from '../support/target.ts';

describeConsent(openReal);
