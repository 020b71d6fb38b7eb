// Credentials over their life, on a real API server.
import { describeCredentialChanges } from '../../test/journeys/credential-changes.cases.ts';
import { describeCredentials } from '../../test/journeys/credentials.cases.ts';
import { openReal } from '../support/target.ts';

describeCredentials(openReal);
describeCredentialChanges(openReal);
