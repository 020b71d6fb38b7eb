// "ServiceAccounts", played on the real control plane.
import { describeServiceAccounts } from '../../test/journeys/service-accounts.cases.ts';
import { openReal } from '../support/target.ts';

describeServiceAccounts(openReal);
