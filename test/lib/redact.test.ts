import assert from 'node:assert/strict';
import { printable, redactFields, redactText } from '../../src/lib/redact.ts';
import { sensitive } from '../../src/lib/sensitive.ts';

const REDACTED = '[redacted]';

describe('redaction', () => {
  const telling = [
    'password',
    'clientSecret',
    'client_secret',
    'API_KEY',
    'apiKey',
    'x-registry-auth',
    'Authorization',
  ];
  for (const name of [
    ...telling,
    'data',
    'accessToken',
    'TOKEN',
    'stringData',
    '.dockerconfigjson',
    'key',
    'password2',
  ]) {
    it(`blanks a field named ${name} at any depth`, () => {
      assert.deepEqual(redactFields({ a: [{ [name]: { b: 'x' } }] }), { a: [{ [name]: REDACTED }] });
    });
  }

  it('keeps fields whose names only mention a secret', () => {
    const fields = { secretName: 'regcred-managed', tokenCount: 3, keyId: 'x', authenticated: true, monkey: 'y' };
    assert.deepEqual(redactFields(fields), fields);
  });

  it('keeps the absence of a secret', () => {
    assert.deepEqual(redactFields({ password: undefined, token: null }), { password: undefined, token: null });
  });

  it('shows of errors, URLs and bytes what can hold no secret', () => {
    const fields = redactFields({
      error: Object.assign(new Error('password 1234'), { code: 'ECONNRESET' }),
      url: new URL('https://u:p@host/path?signature=x'),
      bytes: Buffer.from('secret'),
      text: sensitive('secret'),
      map: new Map([['token', 'secret']]),
      set: new Set([1n]),
      at: new Date(NaN),
    });
    assert.deepEqual(fields, {
      error: 'ECONNRESET',
      url: 'https://host/path',
      bytes: '[6 bytes]',
      text: REDACTED,
      map: { token: REDACTED },
      set: ['1'],
      at: 'Invalid Date',
    });
  });

  it('ends at cycles and at great depth', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    assert.deepEqual(redactFields({ cycle }), { cycle: { self: '[circular]' } });
    let deep: object = {};
    for (let depth = 0; depth < 1000; depth++) deep = { deep };
    assert.match(JSON.stringify(redactFields({ deep })), /too deep/);
  });

  it('takes "__proto__" as a name like any other', () => {
    const fields = redactFields(JSON.parse('{"__proto__":{"polluted":true}}') as object);
    assert.deepEqual(Object.keys(fields), ['__proto__']);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('takes logins out of text', () => {
    assert.equal(redactText('GET https://u:p@host/x'), `GET https://${REDACTED}@host/x`);
    assert.equal(redactText('sent Bearer abcdefgh.ijk'), `sent Bearer ${REDACTED}`);
    assert.equal(redactText('got eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.c2ln'), `got ${REDACTED}`);
    assert.equal(redactText('Basic things stay'), 'Basic things stay');
  });

  it('cuts text that no line needs', () => {
    assert.equal(redactText('no secret of another test '.repeat(400)).length, 2049);
  });

  it('spells out what is not printable', () => {
    assert.equal(printable('a\n\u001b[31m\u202eé'), 'a\\u000a\\u001b[31m\\u202eé');
  });

  it('takes out a secret that is alive, wherever it stands and however it is cut', () => {
    const secret = sensitive('LIVE-0815-never-shown');
    const cut = `${'x'.repeat(2040)}${secret.reveal()}`;

    assert.deepEqual(redactFields({ reason: `got ${secret.reveal()}`, [secret.reveal()]: [`'${secret.reveal()}'`] }), {
      reason: `got ${REDACTED}`,
      [REDACTED]: [`'${REDACTED}'`],
    });
    assert.ok(!redactText(cut).includes('LIVE'));
  });
});
