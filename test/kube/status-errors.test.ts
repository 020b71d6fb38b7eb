import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KubeErrorKind } from '../../src/kube/client.ts';
import type { Asked } from '../../src/kube/status-errors.ts';
import { errorOfAnswer, scrub } from '../../src/kube/status-errors.ts';

const read: Asked = { request: 'get secrets "a"', isWrite: false, name: 'a', namespaced: true };
const write: Asked = { ...read, request: 'patch secrets "a"', isWrite: true };

interface Row {
  readonly code: number;
  readonly body?: object | string;
  readonly asked?: Asked;
}

function kindOf({ code, body = '', asked = write }: Row): KubeErrorKind {
  const text = typeof body === 'string' ? body : JSON.stringify({ kind: 'Status', code, ...body });
  return errorOfAnswer({ status: code, headers: {}, body: text }, asked).kind;
}

const causes = (field: string, reason = ''): object => ({ details: { causes: [{ field, reason }] } });
const policy = `secrets "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`;
const webhook = 'admission webhook "w.example.com" denied the request: no';

const table: Readonly<Record<string, readonly [Row, KubeErrorKind]>> = {
  '400 is a bad request': [{ code: 400 }, 'BadRequest'],
  '401 is a login refused': [{ code: 401 }, 'Unauthorized'],
  '403 with cause NamespaceTerminating is a dying namespace': [
    { code: 403, body: causes('metadata.namespace', 'NamespaceTerminating') },
    'NamespaceGone',
  ],
  '403 of an exhausted quota': [
    { code: 403, body: { message: 'secrets "a" is forbidden: exceeded quota: q' } },
    'QuotaExceeded',
  ],
  'F200: 403 without a cause is RBAC, not a dying namespace': [
    { code: 403, body: { message: 'User "x" cannot' } },
    'Forbidden',
  ],
  '403 in HTML is RBAC too': [{ code: 403, body: '<html>' }, 'Forbidden'],
  '403 of a webhook is admission': [{ code: 403, body: { message: webhook } }, 'AdmissionDenied'],
  '400 of a webhook is admission': [{ code: 400, body: { message: webhook } }, 'AdmissionDenied'],
  '404 that names the object proves its absence': [
    { code: 404, body: { details: { name: 'a', kind: 'secrets' } } },
    'NotFound',
  ],
  '404 that names another object proves nothing': [{ code: 404, body: { details: { name: 'b' } } }, 'NotServed'],
  '404 of a namespace that is gone': [
    { code: 404, body: { details: { name: 'n', kind: 'namespaces' } } },
    'NamespaceGone',
  ],
  '404 of a Namespace itself is its absence': [
    { code: 404, body: { details: { name: 'a', kind: 'namespaces' } }, asked: { ...read, namespaced: false } },
    'NotFound',
  ],
  '404 in plain text proves nothing': [{ code: 404, body: '404 page not found' }, 'NotServed'],
  '404 of something that is no Status proves nothing': [
    { code: 404, body: JSON.stringify({ details: { name: 'a' } }) },
    'NotServed',
  ],
  '405 is a bad request': [{ code: 405 }, 'BadRequest'],
  '409 of a taken name': [{ code: 409, body: { reason: 'AlreadyExists' } }, 'AlreadyExists'],
  '409 of the race of a quota': [
    { code: 409, body: { reason: 'Conflict', details: { kind: 'resourcequotas' } } },
    'Unavailable',
  ],
  '409 of a version': [{ code: 409, body: { reason: 'Conflict' } }, 'Conflict'],
  '410 is expired': [{ code: 410 }, 'Expired'],
  '413 is too large': [{ code: 413 }, 'TooLarge'],
  '415 is a bad request': [{ code: 415 }, 'BadRequest'],
  '422 of another uid is a conflict': [{ code: 422, body: causes('metadata.uid') }, 'Conflict'],
  '422 of an immutable field': [{ code: 422, body: causes('data') }, 'Invalid'],
  '422 of a policy is admission': [{ code: 422, body: { message: policy } }, 'AdmissionDenied'],
  '429 asks to wait': [{ code: 429 }, 'TooManyRequests'],
  'F160: 500 of etcd that the object is too large': [
    { code: 500, body: { message: 'etcdserver: request is too large' } },
    'TooLarge',
  ],
  'F47: 500 without a body': [{ code: 500 }, 'Unavailable'],
  'F47: 503 in HTML': [{ code: 503, body: '<html>' }, 'Unavailable'],
  'F45: 504 leaves a write unknown': [{ code: 504 }, 'Unknown'],
  '504 of a read is a server in trouble': [{ code: 504, asked: read }, 'Unavailable'],
};

describe('status errors', () => {
  for (const [title, [row, kind]] of Object.entries(table)) {
    it(title, () => {
      assert.equal(kindOf(row), kind);
    });
  }

  it('take the delay from the header, else from the body, with an upper bound', () => {
    const delay = (header: string | undefined, seconds?: unknown): number | undefined => {
      const body = JSON.stringify({ kind: 'Status', details: { retryAfterSeconds: seconds } });
      const headers = header === undefined ? {} : { 'retry-after': header };
      return errorOfAnswer({ status: 429, headers, body }, read).retryAfterMs;
    };

    assert.equal(delay('32'), 32_000);
    assert.equal(delay(undefined, 5), 5_000);
    assert.equal(delay('999999'), 60_000);
    for (const nonsense of ['', '-1', '0', 'soon', 'Fri, 31 Dec 1999 23:59:59 GMT', '1e9']) {
      assert.equal(delay(nonsense), undefined, nonsense);
    }
  });

  it('hand on the causes and the token of an expired page', () => {
    const body = JSON.stringify({ kind: 'Status', ...causes('metadata.uid'), metadata: { continue: 'next' } });

    const error = errorOfAnswer({ status: 410, headers: {}, body }, read);

    assert.deepEqual(error.causeFields, ['metadata.uid']);
    assert.equal(error.continueToken, 'next');
    assert.equal(error.message, 'Cannot get secrets "a": Expired (HTTP 410)');
  });

  it('show 256 printable characters of the message, and no tokens', () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9eyJhbGciOiJSUzI1NiJ9eyJhbGciOiJSUzI1NiJ9';
    const message = `bad\u0000\n\u202e name "${'x'.repeat(50)}" ${token} ${'y'.repeat(500)}`;

    const { detail } = errorOfAnswer(
      { status: 403, headers: {}, body: JSON.stringify({ kind: 'Status', message }) },
      read,
    );

    assert.match(detail, /^bad name "x{50}" \[redacted\] y+$/);
    assert.equal(detail.length, 256);
  });

  it('never fail on any body', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(400, 403, 404, 409, 410, 422, 429, 500),
        fc.oneof(fc.string(), fc.json()),
        (code, body) => {
          const error = errorOfAnswer({ status: code, headers: {}, body }, write);
          assert.match(error.message, /^Cannot patch secrets "a": [A-Za-z]+ \(HTTP \d+\)/);
        },
      ),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[\x20-\x7e]{0,256}$/.test(scrub(text))));
  });
});
