import assert from 'node:assert/strict';
import type { TokenAnswer } from '../../src/lib/token-call.ts';
import { commonFailure, refusal } from '../../src/providers/answers.ts';

const url = new URL('https://iam.example.com/token');

function answer(status: number, parts: Partial<TokenAnswer> = {}): TokenAnswer {
  const sentAt = new Date('2030-01-01T00:00:00Z');
  return { kind: 'answer', url, status, body: {}, text: '{}', retryAfterMs: undefined, sentAt, skewMs: 0, ...parts };
}

describe('commonFailure', () => {
  const reasons: readonly (readonly [number, string | undefined])[] = [
    [200, undefined],
    [201, undefined],
    [302, 'MalformedResponse'],
    [400, undefined],
    [401, undefined],
    [408, 'ProviderUnavailable'],
    [429, 'Throttled'],
    [500, 'ProviderUnavailable'],
    [503, 'ProviderUnavailable'],
  ];
  for (const [status, reason] of reasons) {
    it(`takes HTTP ${status} for ${reason ?? 'something that the provider explains'}`, () => {
      assert.equal(commonFailure(answer(status), ['a.io'], 'Example IAM')?.reason, reason);
    });
  }

  it('hands on how long to wait', () => {
    const failure = commonFailure(answer(429, { retryAfterMs: 7000 }), ['a.io'], 'Example IAM');
    assert.deepEqual(failure, {
      kind: 'failure',
      prefixes: ['a.io'],
      reason: 'Throttled',
      facts: { provider: 'Example IAM' },
      retryAfterMs: 7000,
    });
  });

  for (const cause of ['ETOOLARGE', 'EREDIRECT']) {
    it(`F75, F88: takes an endless body and a redirect for no token (${cause})`, () => {
      const url = new URL('https://token.example/x');
      assert.equal(commonFailure({ kind: 'unreachable', url, cause }, [], 'Example')?.reason, 'MalformedResponse');
    });
  }

  it('names the host that could not be reached, and the code', () => {
    const failure = commonFailure({ kind: 'unreachable', url, cause: 'ENOTFOUND' }, [], 'Example IAM');
    assert.deepEqual(
      [failure?.reason, failure?.facts],
      ['ProviderUnreachable', { endpoint: 'iam.example.com', cause: 'ENOTFOUND' }],
    );
    const tls = commonFailure({ kind: 'tls', url, cause: 'CERT_HAS_EXPIRED' }, [], 'Example IAM');
    assert.deepEqual([tls?.reason, tls?.facts['code']], ['TLSFailed', 'CERT_HAS_EXPIRED']);
  });
});

describe('refusal', () => {
  it('shows a code only where there is one', () => {
    assert.deepEqual(refusal([], { provider: 'P', status: 400 }).facts, { provider: 'P', status: '400' });
    assert.equal(refusal([], { provider: 'P', status: 400, code: 'E1' }).facts['code'], 'E1');
  });
});
