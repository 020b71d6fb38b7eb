import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { rsaPrivateKey } from '../../src/lib/rsa-key.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const secured = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
const [PBES2, PBKDF2, SCRYPT] = ['06092a864886f70d01050d', '06092a864886f70d01050c', '06092b06010401da47040b'];
/** 3 s. */
const ROUNDS = '04989680';
const SALT = '0102030405060708';

/** One element of DER, in hexadecimal digits. */
function der(tag: string, ...parts: readonly string[]): string {
  const content = parts.join('');
  const length = content.length / 2;
  const digits = length < 128 ? '' : length.toString(16).padStart(length < 256 ? 2 : 4, '0');
  const size = length < 128 ? length.toString(16).padStart(2, '0') : `8${digits.length / 2}${digits}`;
  return `${tag}${size}${content}`;
}

function pemOf(hex: string, label = 'ENCRYPTED PRIVATE KEY', headers = ''): string {
  const text = Buffer.from(hex, 'hex').toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${headers}${text}\n-----END ${label}-----\n`;
}

/** A key whose writer wants much work done before anybody sees that the passphrase is wrong. */
function laborious(derivation = der('30', PBKDF2, der('30', der('04', SALT), der('02', ROUNDS)))): string {
  const cipher = der('30', '060960864801650304012a', der('04', '00'.repeat(16)));
  return der('30', der('30', PBES2, der('30', derivation, cipher)), der('04', '00'.repeat(1232)));
}

describe('rsaPrivateKey', () => {
  for (const [what, pem] of [
    ['PKCS #8', plain],
    ['PKCS #1', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['a key with a note around it', `a note\n${plain}\nanother\n`],
    ['a key with the line ends of Windows', plain.replaceAll('\n', '\r\n')],
  ] as const)
    it(`reads ${what}`, () => {
      assert.ok(rsaPrivateKey(pem)?.equals(privateKey));
    });

  for (const type of ['pkcs8', 'pkcs1'] as const)
    it(`reads ${type} with its passphrase, and not with another or none`, () => {
      const pem = privateKey.export({ ...secured, type }).toString();

      assert.ok(rsaPrivateKey(pem, secured.passphrase)?.equals(privateKey));
      assert.equal(rsaPrivateKey(pem, 'another'), undefined);
      assert.equal(rsaPrivateKey(pem), undefined);
    });

  for (const [what, pem] of [
    ['that takes 10 million rounds', pemOf(laborious())],
    ['of the same under a plain label', pemOf(laborious(), 'PRIVATE KEY')],
    ['of the same with a header', pemOf(laborious(), 'ENCRYPTED PRIVATE KEY', 'Note: a\n\n')],
    [
      'of the same with headers of the older way',
      pemOf(laborious(), 'ENCRYPTED PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n'),
    ],
    ['of the same behind another block', `${plain.replaceAll('PRIVATE KEY', 'X')}${pemOf(laborious())}`],
    [
      'of the same behind a salt that ends like a small number',
      pemOf(laborious(der('30', PBKDF2, der('30', der('04', `${'00'.repeat(199)}02`), der('02', ROUNDS))))),
    ],
    [
      'of another derivation',
      pemOf(
        laborious(der('30', SCRYPT, der('30', der('04', SALT), der('02', '4000'), der('02', '08'), der('02', '0100')))),
      ),
    ],
  ] as const)
    it(`opens no key ${what}`, () => {
      const beganMs = performance.now();

      assert.equal(rsaPrivateKey(pem, 'x'), undefined);

      assert.ok(performance.now() - beganMs < 500, `${performance.now() - beganMs} ms`);
    });

  it('takes no key that is no RSA key, nor one that takes long to sign with', () => {
    const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const number = (bytes: number): string => {
      const digits = randomBytes(bytes);
      digits[0] = 0xff;
      digits[bytes - 1] = 1;
      return digits.toString('base64url');
    };
    const [n, half] = [number(2048), number(1024)];
    const large = { kty: 'RSA', n, e: 'AQAB', d: n, p: half, q: half, dp: half, dq: half, qi: half };

    for (const key of [ec, createPrivateKey({ key: large, format: 'jwk' })])
      assert.equal(rsaPrivateKey(key.export({ type: 'pkcs8', format: 'pem' }).toString()), undefined);
  });

  it('tells nothing of what is no key at all', () => {
    for (const text of [
      '',
      'no key',
      '-----BEGIN PRIVATE KEY-----\n%%%\n-----END PRIVATE KEY-----',
      pemOf('3003020100'),
    ])
      assert.equal(rsaPrivateKey(text, 'x'), undefined);
  });
});
