// Namespaces and credentials over their life, and several credentials in one Secret, on a real API server.
import { describeCredentialChanges } from '../../test/journeys/credential-changes.cases.ts';
import { describeCredentials } from '../../test/journeys/credentials.cases.ts';
import { describeNamespaces } from '../../test/journeys/namespaces.cases.ts';
import { openReal } from '../support/target.ts';

describeNamespaces(openReal);
describeCredentials(openReal);
describeCredentialChanges(openReal);
