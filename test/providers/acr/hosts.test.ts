import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acrHostOf, isAuthority } from '../../../src/providers/acr/hosts.ts';

describe('acrHostOf', () => {
  const good: readonly (readonly [string, string, string])[] = [
    ['teama.azurecr.io', 'teama.azurecr.io', 'public'],
    ['teama.azurecr.io/base/jre', 'teama.azurecr.io', 'public'],
    ['12345.azurecr.io', '12345.azurecr.io', 'public'],
    [`${'a'.repeat(50)}.azurecr.io`, `${'a'.repeat(50)}.azurecr.io`, 'public'],
    ['teama-abc123.azurecr.io', 'teama-abc123.azurecr.io', 'public'],
    ['teama.westeurope.geo.azurecr.io', 'teama.westeurope.geo.azurecr.io', 'public'],
    ['teama-abc123.eastus2.geo.azurecr.io/x', 'teama-abc123.eastus2.geo.azurecr.io', 'public'],
    ['mainland.azurecr.cn', 'mainland.azurecr.cn', 'china'],
    ['federal.azurecr.us', 'federal.azurecr.us', 'government'],
  ];
  for (const [prefix, host, cloud] of good) {
    it(`finds ${host} in the cloud ${cloud} for ${prefix.slice(0, 40)}`, () => {
      assert.deepEqual(acrHostOf(prefix), { host, cloud });
    });
  }

  const hostile = [
    '',
    'azurecr.io',
    'four.azurecr.io'.replace('four', 'abcd'), // names have five letters at least
    `${'a'.repeat(51)}.azurecr.io`,
    'teama.azurecr.io.evil.example',
    'teama.azurecr.io.',
    'teama.azurecr.io:443',
    'teama.azurecr.de',
    'teama.azurecr.com',
    'TEAMA.azurecr.io',
    'https://teama.azurecr.io',
    'user@teama.azurecr.io',
    'teama.azurecr.io@evil.example',
    'teama.azurecr.io?x',
    'teama.azurecr.io#x',
    'teama.azurecr.io\n',
    'teama.azurecr.io\nevil.example',
    'teama.westeurope.data.azurecr.io',
    'evil.example/teama.azurecr.io',
    '-teama.azurecr.io',
    'teama-.azurecr.io',
    'teama-a-b.azurecr.io',
    'teamaXazurecr.io',
    '\u0430zure.azurecr.io', // a Cyrillic letter
    '*.azurecr.io',
  ];
  for (const prefix of hostile) {
    it(`refuses ${JSON.stringify(prefix).slice(0, 60)}`, () => assert.equal(acrHostOf(prefix), undefined));
  }

  it('answers hosts of Azure alone, for whatever text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.domain()), (text) => {
        const found = acrHostOf(text);
        assert.ok(
          found === undefined || new URL(`https://${found.host}`).hostname.endsWith(`.azurecr.${suffix(found.host)}`),
        );
      }),
    );
  });
});

describe('isAuthority', () => {
  it('knows the authorities of the three clouds, by https alone', () => {
    for (const host of [
      'microsoftonline.com',
      'microsoftonline.us',
      'chinacloudapi.cn',
      'partner.microsoftonline.cn',
    ]) {
      assert.ok(isAuthority(new URL(`https://login.${host}/tenant/oauth2/v2.0/token`)));
      assert.ok(!isAuthority(new URL(`http://login.${host}/tenant`)));
      assert.ok(!isAuthority(new URL(`https://login.${host}:8443/tenant`)));
    }
    for (const host of ['login.microsoftonline.com.evil.example', 'evil.example', 'xlogin.microsoftonline.com']) {
      assert.ok(!isAuthority(new URL(`https://${host}/`)));
    }
  });
});

function suffix(host: string): string {
  return host.split('.').at(-1) ?? '';
}
