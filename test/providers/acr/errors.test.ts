import assert from 'node:assert/strict';
import { messageFor, retryClassOf } from '../../../src/api/reasons.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import type { TokenAnswer } from '../../../src/lib/token-call.ts';
import { entraFailure, metadataFailure, registryFailure } from '../../../src/providers/acr/errors.ts';
import type { EntraFacts } from '../../../src/providers/acr/errors.ts';
import type { IssueFailure } from '../../../src/providers/provider.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const APP = '33333333-4444-5555-6666-777777777777';
const authority = new URL('https://login.microsoftonline.com');
const facts: EntraFacts = {
  identity: {
    kind: 'assertion',
    tenantId: TENANT,
    clientId: APP,
    assertion: sensitive('assertion'),
    subject: 'system:serviceaccount:team-a:puller',
    issuer: 'https://oidc.example.com/cluster',
  },
  audience: 'https://containerregistry.azure.net',
  authority,
};

function answer(status: number, body: unknown, parts: Partial<TokenAnswer> = {}): TokenAnswer {
  const url = new URL('/token', authority);
  const sentAt = new Date('2030-01-01T00:00:00Z');
  return { kind: 'answer', url, status, body, text: '', retryAfterMs: undefined, sentAt, skewMs: 0, ...parts };
}

/** As Entra writes it. */
function refused(code: number, status = 400): TokenAnswer {
  return answer(status, {
    error: 'invalid_request',
    error_description: `AADSTS${code}: words of the vendor. Trace ID: 1 Correlation ID: 2 Timestamp: 2030-01-01`,
    error_codes: [code],
    timestamp: '2030-01-01 00:00:00Z',
    trace_id: '1',
    correlation_id: '2',
  });
}

describe('entraFailure', () => {
  const rows: readonly (readonly [number, string, string])[] = [
    [
      7000215,
      'CredentialsRejected',
      `Client secret of app ${APP} (its value is needed, not its id) is wrong, deleted, or of another account; replace it`,
    ],
    [7000222, 'CredentialsExpired', `Secret of app ${APP} has expired; create a new one`],
    [700211, 'FederationNotConfigured', `App ${APP} does not know issuer https://oidc.example.com/cluster; add it`],
    [7002111, 'FederationNotConfigured', `App ${APP} does not know issuer https://oidc.example.com/cluster; add it`],
    [
      700212,
      'AudienceMismatch',
      `App ${APP} does not accept audience of its federated credential; expected api://AzureADTokenExchange`,
    ],
    [
      7002121,
      'AudienceMismatch',
      `App ${APP} does not accept audience of its federated credential; expected api://AzureADTokenExchange`,
    ],
    [
      500011,
      'AudienceMismatch',
      `Tenant ${TENANT} does not accept audience https://containerregistry.azure.net; expected one of this cloud`,
    ],
    [
      700213,
      'SubjectNotTrusted',
      `App ${APP} does not trust system:serviceaccount:team-a:puller; allow it (audience api://AzureADTokenExchange, issuer https://oidc.example.com/cluster)`,
    ],
    [
      7002131,
      'SubjectNotTrusted',
      `App ${APP} does not trust system:serviceaccount:team-a:puller; allow it (audience api://AzureADTokenExchange, issuer https://oidc.example.com/cluster)`,
    ],
    [
      70021,
      'SubjectNotTrusted',
      `App ${APP} does not trust system:serviceaccount:team-a:puller; allow it (audience api://AzureADTokenExchange, issuer https://oidc.example.com/cluster)`,
    ],
    [700016, 'IdentityNotFound', `Client id ${APP} does not exist in tenant ${TENANT}`],
    [90002, 'IdentityNotFound', `Tenant ${TENANT} does not exist in login.microsoftonline.com`],
    [700024, 'ClockSkew', 'Microsoft Entra refused the time of the request; local clock differs by 0 s'],
    [7000112, 'RequestRefused', 'Microsoft Entra refused the request (AADSTS7000112, HTTP 400)'],
    [70022, 'RequestRefused', 'Microsoft Entra refused the request (AADSTS70022, HTTP 400)'],
  ];
  for (const [code, reason, message] of rows) {
    it(`takes AADSTS${code} for ${reason}`, () => {
      const failure = entraFailure(refused(code), facts);
      assert.equal(failure.reason, reason);
      assert.equal(messageOf(failure), message);
    });
  }

  it('reads the code at the beginning of the text where the list of codes lacks', () => {
    const described = (text: string): TokenAnswer => answer(400, { error: 'x', error_description: text });
    assert.equal(entraFailure(described('AADSTS700016: no such app'), facts).reason, 'IdentityNotFound');
    assert.equal(entraFailure(described('see AADSTS700016'), facts).reason, 'RequestRefused');
  });

  it('names the difference of the clocks', () => {
    const failure = entraFailure({ ...refused(700024), skewMs: 3_599_700 }, facts);
    assert.equal(failure.facts['seconds'], '3600');
  });

  const odd: readonly (readonly [TokenAnswer, string])[] = [
    [answer(200, { access_token: 7 }), 'MalformedResponse'],
    [answer(200, undefined), 'MalformedResponse'],
    [answer(400, '<html>'), 'RequestRefused'],
    [answer(400, { error_codes: ['7000215'] }), 'RequestRefused'],
    [answer(403, { error_codes: [-1] }), 'RequestRefused'],
    [answer(429, {}), 'Throttled'],
    [answer(500, {}), 'ProviderUnavailable'],
    [answer(302, {}), 'MalformedResponse'],
  ];
  for (const [what, reason] of odd) {
    it(`takes HTTP ${what.status} with ${shown(what)} for ${reason}`, () => {
      assert.equal(entraFailure(what, facts).reason, reason);
    });
  }

  it('shows no word of the vendor', () => {
    for (const [code] of rows) assert.doesNotMatch(JSON.stringify(entraFailure(refused(code), facts)), /vendor|Trace/);
  });
});

describe('metadataFailure', () => {
  const asked = { name: APP, audience: facts.audience };
  const rows: readonly (readonly [TokenAnswer, string | undefined])[] = [
    [answer(200, { access_token: 'x' }), undefined],
    [answer(400, { error: 'invalid_request', error_description: 'Identity not found' }), 'IdentityNotFound'],
    [answer(400, { error: 'invalid_resource', error_description: 'AADSTS500011: x' }), 'AudienceMismatch'],
    [answer(400, { error: 'bad_request' }), 'RequestRefused'],
    [answer(403, {}), 'RequestRefused'],
    [answer(404, {}), 'ProviderUnavailable'],
    [answer(410, {}), 'ProviderUnavailable'],
    [answer(429, {}), 'Throttled'],
    [answer(503, {}), 'ProviderUnavailable'],
  ];
  for (const [what, reason] of rows) {
    it(`takes HTTP ${what.status} with ${JSON.stringify(what.body)} for ${reason ?? 'a token'}`, () => {
      assert.equal(metadataFailure(what, asked)?.reason, reason);
    });
  }

  it('takes silence for a node without an identity: repaired by people', () => {
    const failure = metadataFailure({ kind: 'unreachable', url: authority, cause: 'deadline' }, asked);
    assert.ok(failure);
    assert.equal(retryClassOf(failure.reason), 'slow');
    assert.match(messageOf(failure), /^Operator has no Azure identity of source Node; not on Azure/);
  });
});

describe('registryFailure', () => {
  const asked = { host: 'teama.azurecr.io', id: APP, prefixes: ['teama.azurecr.io'] };
  const refusedBy = (status: number, code: string, message = ''): TokenAnswer =>
    answer(status, { errors: [{ code, message, detail: null }] });
  const firewall =
    "client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.";
  const rows: readonly (readonly [TokenAnswer, string | undefined, string])[] = [
    [answer(200, { refresh_token: 'x' }), undefined, ''],
    [
      refusedBy(401, 'UNAUTHORIZED', 'authentication required'),
      'PermissionDenied',
      `${APP} may not get a token for teama.azurecr.io; grant AcrPull, or Container Registry Repository Reader in ABAC mode`,
    ],
    [
      refusedBy(403, 'DENIED', firewall),
      'RegistryFirewall',
      "Firewall of teama.azurecr.io blocks the operator's address 203.0.113.7; allow it",
    ],
    [
      refusedBy(403, 'DENIED', firewall.replace('203.0.113.7', '2001:db8::7')),
      'RegistryFirewall',
      "Firewall of teama.azurecr.io blocks the operator's address 2001:db8::7; allow it",
    ],
    [
      refusedBy(403, 'DENIED', firewall.replace('203.0.113.7', "<b>'")),
      'PermissionDenied',
      `${APP} may not get a token for teama.azurecr.io; grant AcrPull, or Container Registry Repository Reader in ABAC mode`,
    ],
    [refusedBy(400, 'UNSUPPORTED'), 'RequestRefused', 'teama.azurecr.io refused the request (UNSUPPORTED, HTTP 400)'],
    [refusedBy(400, 'words of the vendor'), 'RequestRefused', 'teama.azurecr.io refused the request (HTTP 400)'],
    [answer(404, undefined), 'MalformedResponse', 'teama.azurecr.io gave an answer that is no token'],
    [refusedBy(429, 'TOOMANYREQUESTS'), 'Throttled', 'teama.azurecr.io limits token calls'],
    [answer(502, undefined), 'ProviderUnavailable', 'teama.azurecr.io is unavailable (HTTP 502)'],
  ];
  for (const [what, reason, message] of rows) {
    it(`takes HTTP ${what.status} with ${shown(what)} for ${reason ?? 'a token'}`, () => {
      const failure = registryFailure(what, asked);
      assert.equal(failure?.reason, reason);
      assert.equal(failure ? messageOf(failure) : '', message);
      assert.deepEqual(failure?.prefixes ?? asked.prefixes, asked.prefixes);
    });
  }
});

function shown({ body }: TokenAnswer): string {
  return body === undefined ? 'no JSON' : JSON.stringify(body).slice(0, 60);
}

function messageOf({ reason, facts: told }: IssueFailure): string {
  return messageFor(reason, told);
}
