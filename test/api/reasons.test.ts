import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  conditionMessage,
  failureReasons,
  isFailureReason,
  issueFailure,
  messageFor,
  printable,
  retryClassOf,
  statusOf,
} from '../../src/api/reasons.ts';
import type { RetryClass } from '../../src/api/reasons.ts';

/** The reasons of a failed issue by retry class, as the providers' page has them. */
const CLASSES: Readonly<Record<RetryClass, readonly string[]>> = {
  'wait-for-change': [
    'ProviderNotAvailable',
    'InputNotFound',
    'InputNotAllowed',
    'InputInvalid',
    'InputUnsupported',
    'ConsentMissing',
    'RegistryNotAllowed',
    'AmbientForbidden',
  ],
  slow: [
    'TokenRequestRefused',
    'AmbientUnavailable',
    'CredentialsRejected',
    'CredentialsExpired',
    'IdentityNotFound',
    'FederationNotConfigured',
    'AudienceMismatch',
    'SubjectNotTrusted',
    'AssumeRoleDenied',
    'PermissionDenied',
    'RegionDisabled',
    'RegistryFirewall',
    'RequestRefused',
  ],
  'retry-after': ['Throttled'],
  backoff: [
    'IssuerUnreachable',
    'ClockSkew',
    'ProviderUnavailable',
    'ProviderUnreachable',
    'TLSFailed',
    'MalformedResponse',
    'ReturnedExpired',
    'InternalError',
  ],
};

describe('the table of reasons', () => {
  for (const [retry, reasons] of Object.entries(CLASSES)) {
    it(`retries by class ${retry}: ${reasons.join(', ')}`, () => {
      assert.deepEqual(
        failureReasons().filter((reason) => retryClassOf(reason) === retry),
        reasons,
      );
    });
  }

  it('gives a failure the status False, on TokenIssued and on Ready', () => {
    for (const reason of failureReasons()) {
      assert.equal(statusOf('TokenIssued', reason), 'False');
      assert.equal(statusOf('Ready', reason), 'False');
    }
  });

  it('gives the others the status that the conditions page has', () => {
    assert.equal(statusOf('TokenIssued', 'LastGood'), 'True');
    assert.equal(statusOf('TokenIssued', 'Expired'), 'False');
    assert.equal(statusOf('Ready', 'Suspended'), 'Unknown');
    assert.equal(statusOf('Synced', 'NameConflict'), 'False');
    assert.equal(statusOf('Shadowed', 'NotShadowed'), 'False');
    assert.equal(statusOf('Verified', 'RealmNotTrusted'), 'Unknown');
    assert.equal(statusOf('Stalled', 'InvalidSpec'), 'True');
  });

  it('knows its own failures only', () => {
    assert.ok(isFailureReason('Throttled'));
    for (const other of ['Issued', 'toString', '__proto__', '']) assert.ok(!isFailureReason(other));
    assert.throws(() => messageFor('constructor' as never, {}), /no reason constructor of TokenIssued/);
  });
});

describe('messages', () => {
  it('fill a template with facts', () => {
    assert.equal(
      messageFor('InputNotFound', { kind: 'Secret', name: 'login', what: 'key', key: 'password', namespace: 'team-a' }),
      'Secret "login" (key "password") not found in team-a; create it',
    );
  });

  it('take the first template whose facts are all there', () => {
    assert.equal(
      messageFor('InputNotFound', { kind: 'ServiceAccount', name: 'puller', namespace: 'team-a' }),
      'ServiceAccount "puller" not found in team-a; create it',
    );
    assert.equal(
      messageFor('InputNotAllowed', { name: 'regcred-managed' }),
      'Secret "regcred-managed" is written by regcred-operator; it can not be an input',
    );
    assert.equal(conditionMessage('TokenIssued', 'Issued', {}), 'Issued, does not expire');
    assert.equal(
      conditionMessage('Verified', 'LoginProven', { host: 'ghcr.io' }),
      'Login to ghcr.io proven, no pull; set verifyRepository',
    );
  });

  it('say "unknown" for a fact that is missing', () => {
    assert.equal(messageFor('RegistryNotAllowed', { host: 'evil.example' }), 'evil.example is not a unknown registry');
  });

  it('show no control character, no line end, no bidi mark and at most 256 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600, size: 'max' }), (text) => {
        const message = messageFor('AssumeRoleDenied', { caller: text, role: text, externalIdSent: text, grant: text });
        assert.ok(Array.from(message).length <= 256);
        assert.doesNotMatch(message, /[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('quote the message of a failure whole, with its command', () => {
    const name = 'n'.repeat(63);
    const consent = { verb: 'create', kind: 'a token of ServiceAccount', name, namespace: 'team-a' };
    const cause = messageFor('ConsentMissing', {
      ...consent,
      role: 'regcred-inputs',
      operator: 'regcred-system:regcred-operator',
    });

    const message = conditionMessage('TokenIssued', 'LastGood', { expires: '2030-01-01T00:00:00Z', cause });

    assert.ok(message.endsWith('--serviceaccount=regcred-system:regcred-operator'), message);
  });

  it('leave a placeholder inside a fact as it is', () => {
    assert.equal(
      messageFor('RegistryNotAllowed', { host: '{provider}', provider: 'gar' }),
      '{provider} is not a gar registry',
    );
  });

  it('cut by characters, not through one', () => {
    assert.equal(printable('😀'.repeat(10), 8), `${'😀'.repeat(5)}...`);
    assert.equal(printable('a\u0000\u202eb\nc'), 'a b c');
  });
});

describe('issueFailure', () => {
  it('builds the value a provider answers with', () => {
    assert.deepEqual(issueFailure('Throttled', ['ghcr.io'], { provider: 'ghcr.io' }, 5000), {
      kind: 'failure',
      prefixes: ['ghcr.io'],
      reason: 'Throttled',
      facts: { provider: 'ghcr.io' },
      retryAfterMs: 5000,
    });
  });

  it('does not compile without the facts of a template', () => {
    // @ts-expect-error: {id}, {host} and {grant} are missing
    const failure = issueFailure('PermissionDenied', [], {});
    assert.equal(failure.reason, 'PermissionDenied');
  });
});
