import assert from 'node:assert/strict';
import { messageFor } from '../../../src/api/reasons.ts';
import type { GarSpec } from '../../../src/api/registry-credential.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import { gar } from '../../../src/providers/gar/index.ts';
import type { IssueFailure, ProviderContext } from '../../../src/providers/provider.ts';
import type { Fault } from '../../../src/sandbox/cloud/cloud-server.ts';
import { startGoogle } from '../../../src/sandbox/cloud/google.ts';
import type { Google } from '../../../src/sandbox/cloud/google.ts';
import { createIssuer } from '../../../src/sandbox/cloud/issuer.ts';
import { providerContext } from '../../support/provider-context.ts';

const PROVIDER = 'projects/1/locations/global/workloadIdentityPools/p/providers/x';
const POOL = `//iam.googleapis.com/${PROVIDER}`;
const PULLER = 'puller@proj.iam.gserviceaccount.com';
const OWNER = 'owner@proj.iam.gserviceaccount.com';
const SUBJECT = 'system:serviceaccount:team-a:puller';
const PRINCIPAL = `principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/${SUBJECT}`;
const registries = [{ prefix: 'gcr.io/proj' }];

const key: GarSpec = {
  registries,
  auth: { serviceAccountKey: { secretRef: { name: 'google' }, keys: { keyFile: 'key.json' } } },
};
const federated: GarSpec = {
  registries,
  auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' }, workloadIdentityProvider: PROVIDER } },
};
const ambient: GarSpec = { registries, auth: { ambient: {} } };
const impersonate = { serviceAccountEmail: PULLER, lifetimeSeconds: 3600 };

interface Row {
  readonly spec: GarSpec;
  /** What Google is made to answer; absent: it refuses on its own. */
  readonly fault?: Fault;
  readonly path?: RegExp;
  readonly says: readonly [string, string | RegExp];
}

const oauth = (error: string, error_description: string): Fault => ({
  status: 400,
  body: { error, error_description },
});
const text = (status: number, body: string): Fault => ({ status, headers: { 'content-type': 'text/html' }, body });
const iam = (code: number, status: string, message: string): Fault => ({
  status: code,
  body: { error: { code, message, status } },
});
const timed = oauth(
  'invalid_grant',
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable ...',
);

const rows: Readonly<Record<string, Row>> = {
  'the audience is not among those that the provider allows': {
    spec: federated,
    fault: oauth('invalid_grant', `The audience in ID Token [${POOL}] does not match the expected audience.`),
    says: ['AudienceMismatch', `${PROVIDER} does not accept audience ${POOL}; allow it there`],
  },
  'the pool or the provider is wrong': {
    spec: {
      ...federated,
      auth: { workloadIdentity: { serviceAccountRef: { name: 'puller' }, workloadIdentityProvider: `${PROVIDER}y` } },
    },
    says: [
      'FederationNotConfigured',
      `${PROVIDER}y is no provider of a workload identity pool, or was deleted; correct the name`,
    ],
  },
  'the audience is not a name of a pool': {
    spec: federated,
    fault: oauth('invalid_request', 'Invalid value for "audience". This value should be the full resource name'),
    says: ['FederationNotConfigured', /is no provider of a workload identity pool/],
  },
  'the issuer is not the one of the provider': {
    spec: federated,
    fault: oauth('invalid_grant', 'The issuer in ID Token https://issuer.example does not match the expected ones'),
    says: ['FederationNotConfigured', `${PROVIDER} does not know issuer https://issuer.example; add it`],
  },
  'the attribute condition rejects the ServiceAccount': {
    spec: federated,
    fault: oauth('unauthorized_client', 'The given credential is rejected by the attribute condition.'),
    says: ['SubjectNotTrusted', new RegExp(`^${PROVIDER} does not trust ${SUBJECT}; allow it \\(audience `)],
  },
  "Google can not read the issuer's keys": {
    spec: federated,
    fault: oauth('invalid_grant', "Error connecting to the given credential's issuer."),
    says: [
      'IssuerUnreachable',
      'Google can not read the keys of https://issuer.example; make them public or upload them',
    ],
  },
  'the ServiceAccount may not act as the account': {
    spec: { ...federated, impersonate: { ...impersonate, serviceAccountEmail: OWNER } },
    says: ['AssumeRoleDenied', new RegExp(`^${PRINCIPAL} may not act as ${OWNER}; grant roles/iam\\.workloadIdentity`)],
  },
  'the account of a key may not act as another': {
    spec: { ...key, impersonate },
    says: [
      'AssumeRoleDenied',
      /^key@proj.* may not act as puller@.*; grant roles\/iam\.serviceAccountTokenCreator, and check/,
    ],
  },
  'the account to act as does not exist': {
    spec: { ...federated, impersonate },
    fault: iam(404, 'NOT_FOUND', 'Not found; Gaia id not found for email'),
    path: /generateAccessToken/,
    says: ['IdentityNotFound', `${PULLER} does not exist in Google`],
  },
  'the life is longer than the organisation allows': {
    spec: { ...federated, impersonate: { ...impersonate, lifetimeSeconds: 43_200 } },
    says: ['RequestRefused', 'Google refused the request (INVALID_ARGUMENT, HTTP 400)'],
  },
  "the operator's ServiceAccount may not act as its Google account": {
    spec: ambient,
    fault: text(
      403,
      "Unable to generate access token; IAM returned 403 Forbidden: Permission 'iam.serviceAccounts.getAccessToken' denied",
    ),
    says: [
      'AssumeRoleDenied',
      "The operator's ServiceAccount may not act as its Google service account; grant roles/iam.workloadIdentityUser",
    ],
  },
  'the same, as HTTP 500': {
    spec: ambient,
    fault: text(500, 'Unable to generate access token; IAM returned 403 Forbidden: ...'),
    says: ['AssumeRoleDenied', /roles\/iam\.workloadIdentityUser$/],
  },
  "the Google account of the operator's ServiceAccount does not exist": {
    spec: ambient,
    fault: text(404, 'Unable to generate access token; IAM returned 404 Not Found: ...'),
    says: ['IdentityNotFound', "The operator's ServiceAccount does not exist in Google"],
  },
  'the instance has no account': {
    spec: ambient,
    fault: text(404, 'The service account was not found.'),
    says: [
      'AmbientUnavailable',
      'Operator has no Google identity of source metadata; not on Google Cloud, or metadata is blocked; use workload identity federation',
    ],
  },
  'the key was deleted': {
    spec: key,
    fault: oauth('invalid_grant', 'Invalid JWT Signature.'),
    says: ['CredentialsRejected', /^Key [0-9a-f]{32} of key@proj\.iam\.gserviceaccount\.com is wrong, deleted, or/],
  },
  'the account of the key was deleted': {
    spec: key,
    fault: oauth('invalid_grant', 'Invalid grant: account not found'),
    says: ['IdentityNotFound', 'key@proj.iam.gserviceaccount.com does not exist in Google'],
  },
  'the clock is off': {
    spec: key,
    fault: { ...(timed as object), status: 400, headers: { date: new Date(Date.now() + 7_200_000).toUTCString() } },
    says: ['ClockSkew', /^Google refused the time of the request; local clock differs by 7(1[89]\d|20\d) s$/],
  },
  'too much was asked': {
    spec: federated,
    fault: iam(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded'),
    says: ['Throttled', 'Google limits token calls'],
  },
  'Google is down': {
    spec: federated,
    fault: { status: 503, body: '' },
    says: ['ProviderUnavailable', 'Google is unavailable (HTTP 503)'],
  },
  'the refusal is another one': {
    spec: federated,
    fault: oauth('invalid_scope', 'CANARY'),
    says: ['RequestRefused', 'Google refused the request (invalid_scope, HTTP 400)'],
  },
  'the code is no code': {
    spec: federated,
    fault: oauth('CANARY <b>', 'CANARY'),
    says: ['RequestRefused', 'Google refused the request (HTTP 400)'],
  },
  'the refusal echoes the request': {
    spec: federated,
    fault: 'echo',
    says: ['RequestRefused', 'Google refused the request (invalid_request, HTTP 400)'],
  },
};

describe('gar: what its refusals mean', () => {
  const issuer = createIssuer('https://issuer.example');
  let google: Google;
  let keyFile: string;
  before(async () => {
    google = await startGoogle({
      pools: [{ audience: POOL, issuer }],
      actAs: { [PULLER]: [SUBJECT] },
      metadataAccount: PULLER,
    });
    keyFile = google.createKey('key@proj.iam.gserviceaccount.com');
  });
  after(() => google.stop());
  afterEach(() => google.recover());

  const failureOf = async (spec: GarSpec, parts: Partial<ProviderContext> = {}): Promise<IssueFailure> => {
    const token = issuer.sign({ audience: POOL, namespace: 'team-a', serviceAccount: 'puller' });
    const credential = { kind: 'RegistryCredential', namespace: 'team-a', name: 'gar' };
    const context = providerContext({ endpoint: () => new URL(google.url), credential, ...parts });
    const inputs = { keyFile: sensitive(keyFile), token: sensitive(token) };
    const [result] = await gar.issue({ spec, inputs, context });
    assert.doesNotMatch(JSON.stringify(result), /CANARY|PRIVATE|eyJ/);
    return result?.kind === 'failure' ? result : assert.fail(`a ${result?.kind ?? 'nothing'}`);
  };

  for (const [title, { spec, fault, path, says }] of Object.entries(rows)) {
    it(`${says[0]}: ${title}`, async () => {
      if (fault) google.fail(fault, path ? { path } : {});

      const { reason, facts } = await failureOf(spec);

      const message = messageFor(reason, facts);
      assert.equal(reason, says[0]);
      if (typeof says[1] === 'string') assert.equal(message, says[1]);
      else assert.match(message, says[1]);
    });
  }

  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EDEADLINE']) {
    it(`F100: AmbientUnavailable: the metadata server can not be reached (${code})`, async () => {
      const cause = Object.assign(new Error('x'), { code });
      const metadata = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
      assert.equal((await failureOf(ambient, { metadata })).reason, 'AmbientUnavailable');
    });
  }

  it('AmbientUnavailable: GCE_METADATA_HOST is no host', async () => {
    const parts = { endpoint: () => undefined, environment: { GCE_METADATA_HOST: 'evil.example/x?' } };
    const { reason, facts } = await failureOf(ambient, parts);
    assert.deepEqual([reason, facts['source']], ['AmbientUnavailable', 'GCE_METADATA_HOST']);
  });

  it('ProviderUnreachable: Google can not be reached', async () => {
    const cause = Object.assign(new Error('x'), { code: 'ENOTFOUND' });
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }));
    for (const spec of [key, federated]) assert.equal((await failureOf(spec, { fetch })).reason, 'ProviderUnreachable');
  });
});
