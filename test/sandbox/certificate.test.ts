import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';

import { loopbackCertificate } from '../../src/sandbox/certificate.ts';

describe('loopbackCertificate', () => {
  it('is valid now, for loopback, and signed by itself', () => {
    const { cert, key } = loopbackCertificate(new Date());

    const parsed = new X509Certificate(cert);
    assert.equal(parsed.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(parsed.checkHost('localhost'), 'localhost');
    assert.ok(parsed.ca);
    assert.ok(parsed.verify(parsed.publicKey));
    assert.ok(parsed.validFromDate < new Date() && parsed.validToDate > new Date());
    assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
  });

  it('is another one each time', () => {
    assert.notEqual(loopbackCertificate(new Date()).cert, loopbackCertificate(new Date()).cert);
  });
});
