import assert from 'node:assert/strict';
import { readToken } from '../../../src/providers/ecr/token.ts';
import { sessionName } from '../../../src/providers/ecr/session-name.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const IN_12_HOURS = new Date('2026-11-22T00:00:00Z');

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('token of ecr', () => {
  it('is split at the first colon only', () => {
    const login = readToken({ authorizationToken: encoded('AWS:a:b:c'), expiresAt: IN_12_HOURS }, NOW, 0);
    assert.deepEqual([login?.username, login?.password.reveal()], ['AWS', 'a:b:c']);
    assert.deepEqual([login?.expiresAt, login?.expirySource], [IN_12_HOURS, 'response']);
  });

  const nonsense = ['', 'AWS', 'AWS:', ':x', 'AWS:a b', 'AWS:a\nb', 'AWS:a\0', 'A WS:x', `AWS:${'a'.repeat(65_536)}`];
  for (const text of nonsense) {
    it(`is no token as ${JSON.stringify(text).slice(0, 30)}`, () => {
      assert.equal(readToken({ authorizationToken: encoded(text), expiresAt: IN_12_HOURS }, NOW, 0), undefined);
    });
  }

  for (const token of [undefined, null, 7, 'no base64!', 'QVdTOng', `${encoded('AWS:x')}=`]) {
    it(`is no token from ${String(token)}`, () => {
      assert.equal(readToken({ authorizationToken: token, expiresAt: IN_12_HOURS }, NOW, 0), undefined);
    });
  }

  it('keeps an end in the past: the engine refuses it', () => {
    const long = new Date('2015-01-01T00:00:00Z'); // as moto says, always
    const login = readToken({ authorizationToken: encoded('AWS:x'), expiresAt: long }, NOW, 0);
    assert.deepEqual(login?.expiresAt, long);
  });

  it('assumes twelve hours where the end is missing or too far', () => {
    for (const expiresAt of [undefined, new Date('2027-11-21T12:00:00Z')]) {
      const login = readToken({ authorizationToken: encoded('AWS:x'), expiresAt }, NOW, 0);
      assert.deepEqual([login?.expiresAt, login?.expirySource], [IN_12_HOURS, 'nominal']);
    }
  });

  for (const expiresAt of [new Date(0), new Date(-1), new Date(NaN), new Date(NOW.getTime() * 1000), 'soon', 1]) {
    it(`is no token with the end ${String(expiresAt)}`, () => {
      assert.equal(readToken({ authorizationToken: encoded('AWS:x'), expiresAt }, NOW, 0), undefined);
    });
  }

  it("ends by our clock, where the server's differs", () => {
    const login = readToken({ authorizationToken: encoded('AWS:x'), expiresAt: IN_12_HOURS }, NOW, 3_600_000);
    assert.deepEqual(login?.expiresAt, new Date('2026-11-21T23:00:00Z'));
  });
});

describe('session name of ecr', () => {
  const credential = { kind: 'ClusterRegistryCredential', namespace: 'regcred-system', name: 'main' };

  it('names the ServiceAccount, else the credential', () => {
    assert.equal(sessionName(credential, 'puller'), 'regcred-system.puller');
    assert.equal(sessionName(credential), 'ClusterRegistryCredential.main');
    assert.equal(
      sessionName({ ...credential, kind: 'RegistryCredential', namespace: 'a' }),
      'RegistryCredential.a.main',
    );
  });

  it('is shortened by a hash, so that two long ones differ', () => {
    const [one, two] = ['x', 'y'].map((end) => sessionName(credential, 'a'.repeat(250) + end));
    assert.match(one ?? '', /^[\w+=,.@-]{64}$/);
    assert.notEqual(one, two);
  });
});
