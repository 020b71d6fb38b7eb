import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { GarSpec } from '../../../src/api/registry-credential.ts';
import { sensitive } from '../../../src/lib/sensitive.ts';
import { gar } from '../../../src/providers/gar/index.ts';
import { readKeyFile } from '../../../src/providers/gar/key-file.ts';
import { providerContext } from '../../support/provider-context.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const file = {
  type: 'service_account',
  project_id: 'proj',
  private_key_id: '0123456789abcdef',
  private_key: pem,
  client_email: 'puller@proj.iam.gserviceaccount.com',
  client_id: '1',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
  client_x509_cert_url: 'https://www.googleapis.com/robot/v1/metadata/x509/puller%40proj.iam.gserviceaccount.com',
  universe_domain: 'googleapis.com',
};
const external = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://evil.example/token',
};
const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

const refused: Readonly<Record<string, object | string>> = {
  'an external account with a URL': { ...external, credential_source: { url: 'http://169.254.169.254/' } },
  'an external account with a file': { ...external, credential_source: { file: '/var/run/secrets/token' } },
  'an external account with a command': { ...external, credential_source: { executable: { command: '/bin/sh' } } },
  'a user': { type: 'authorized_user', client_id: 'a', client_secret: 'b', refresh_token: 'c' },
  'an impersonated account': { type: 'impersonated_service_account', service_account_impersonation_url: 'https://x' },
  'a key file with a command beside the key': { ...file, credential_source: { executable: { command: 'id' } } },
  'a key file with a field that key files do not have': { ...file, token_url: 'https://oauth2.googleapis.com/token' },
  'another token URL': { ...file, token_uri: 'https://evil.example/token' },
  'a token URL that only looks like Google': { ...file, token_uri: 'https://oauth2.googleapis.com.evil.example/' },
  'a token URL with user info': { ...file, token_uri: 'https://google.com@evil.example/' },
  'a token URL over http': { ...file, token_uri: 'http://oauth2.googleapis.com/token' },
  'a token URL that is no text': { ...file, token_uri: { url: 'x' } },
  'another universe': { ...file, universe_domain: 'evil.example' },
  'no type': { ...file, type: undefined },
  'an e-mail that is none of a service account': { ...file, client_email: 'me@example.com' },
  'an e-mail with a path': { ...file, client_email: 'a/../b@proj.iam.gserviceaccount.com' },
  'no key': { ...file, private_key: undefined },
  'a key that is no PEM': { ...file, private_key: 'CANARY' },
  'an encrypted key': { ...file, private_key: encrypted },
  'an elliptic key': { ...file, private_key: elliptic },
  'a list': [file],
  'no JSON': '{"private_key": "CANARY',
  nothing: '',
};

describe('readKeyFile', () => {
  it('reads the e-mail, the id and the key, and nothing else', () => {
    const read = readKeyFile(JSON.stringify(file));
    assert.ok(!('problem' in read));
    assert.deepEqual(Object.keys(read).sort(), ['email', 'keyId', 'privateKey']);
    assert.deepEqual([read.email, read.keyId], [file.client_email, file.private_key_id]);
    assert.ok(createPrivateKey(read.privateKey.reveal()).equals(privateKey));
  });

  it('needs no more than type, e-mail and key', () => {
    const { type, private_key, client_email } = file;
    assert.ok(!('problem' in readKeyFile(JSON.stringify({ type, private_key, client_email }))));
  });

  for (const [title, content] of Object.entries(refused)) {
    it(`F235: refuses ${title}`, async () => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      const read = readKeyFile(text);
      assert.ok('problem' in read);
      assert.doesNotMatch(read.problem, /CANARY|evil|PRIVATE/);

      const results = await issueWith(text);
      const [failure] = results;
      assert.ok(failure?.kind === 'failure' && failure.reason === 'InputInvalid');
      assert.doesNotMatch(JSON.stringify(results), /CANARY|evil|PRIVATE/);
    });
  }
});

/** Whatever stands in the file, nobody is asked. */
function issueWith(text: string): ReturnType<typeof gar.issue> {
  const spec: GarSpec = {
    registries: [{ prefix: 'gcr.io' }],
    auth: { serviceAccountKey: { secretRef: { name: 'google' }, keys: { keyFile: 'key.json' } } },
  };
  const fail = (): never => assert.fail('somebody is asked');
  const context = providerContext({ fetch: fail, metadata: fail, readFile: fail });
  return gar.issue({ spec, inputs: { keyFile: sensitive(text) }, context });
}
