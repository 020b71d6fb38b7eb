// The ways to log in to a cloud by a ServiceAccount: a real API server signs the tokens, the stub clouds check signature, issuer,
// audience and subject by the keys that it publishes.
import { describeClouds } from '../../test/journeys/clouds.cases.ts';
import { openReal } from '../support/target.ts';

describeClouds(openReal, ({ kind, title }) => kind === 'tenant' || /IRSA|acr with the operator itself/.test(title));
