import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ProxyError, proxyOf } from '../../src/lib/proxy.ts';

describe('proxyOf', () => {
  it('has none where the environment names none', () => {
    assert.equal(proxyOf({}), undefined);
    assert.equal(proxyOf({ HTTPS_PROXY: ' ', https_proxy: '', HTTP_PROXY: 'http://proxy:3128' }), undefined);
  });

  const READ_AS: readonly (readonly [string, string])[] = [
    ['http://proxy.corp:3128', 'http://proxy.corp:3128/'],
    ['http://proxy.corp:3128/', 'http://proxy.corp:3128/'],
    ['https://proxy.corp', 'https://proxy.corp/'],
    ['proxy.corp:3128', 'http://proxy.corp:3128/'],
    ['proxy', 'http://proxy/'],
    [' 10.1.1.1:3128 ', 'http://10.1.1.1:3128/'],
    ['[fd00::1]:3128', 'http://[fd00::1]:3128/'],
    ['me:secret@proxy.corp:3128', 'http://proxy.corp:3128/'],
  ];
  for (const [value, href] of READ_AS) {
    it(`reads ${value} as ${href}`, () => {
      assert.equal(proxyOf({ HTTPS_PROXY: value })?.url.href, href);
    });
  }

  it('takes the small letters where the capitals are empty', () => {
    assert.equal(proxyOf({ HTTPS_PROXY: '', https_proxy: 'small:1' })?.url.host, 'small:1');
    assert.equal(proxyOf({ HTTPS_PROXY: 'large:1', https_proxy: 'small:1' })?.url.host, 'large:1');
  });

  it('reads the login apart, also one without a password', () => {
    const loginOf = (value: string): string => {
      const { authorization = '' } = proxyOf({ HTTPS_PROXY: value }) ?? {};
      return Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
    };

    assert.equal(loginOf('http://me:p%40ss%3A@proxy:1'), 'me:p@ss:');
    assert.equal(loginOf('http://token@proxy:1'), 'token:');
    assert.equal(loginOf('http://proxy:1'), '');
  });

  const UNUSABLE = [
    'socks5://me:CANARY@proxy.corp:1080',
    'ftp://me:CANARY@proxy.corp',
    'http://me:CANARY@proxy corp:3128',
    'http://me:CANARY@proxy.corp:99999',
    'http://me:CANARY%zz@proxy.corp:3128',
    'http://me:12#CANARY@proxy.corp:3128',
    'http://proxy.corp:3128/CANARY',
    'http//me:CANARY@proxy.corp:3128',
    ':CANARY',
    'http://',
  ];
  for (const value of UNUSABLE) {
    it(`refuses ${value} by the variable's name, without the value`, () => {
      assert.throws(
        () => proxyOf({ https_proxy: value }),
        (error) => {
          assert.ok(error instanceof ProxyError);
          assert.match(error.message, /^https_proxy: .*give http:\/\/HOST:PORT/);
          assert.doesNotMatch(inspect(error, { depth: 5 }), /CANARY|corp/);
          return true;
        },
      );
    });
  }
});

describe('proxyOf: carries', () => {
  const carries = (target: string, noProxy = ''): boolean | undefined =>
    proxyOf({ HTTPS_PROXY: 'proxy:3128', no_proxy: noProxy })?.carries(new URL(target));

  it('carries https to everywhere but this machine and its link', () => {
    assert.equal(carries('https://cloud.example.com/'), true);
    assert.equal(carries('https://127.example.com/'), true);
    assert.equal(carries('https://10.0.0.1/'), true);
    assert.equal(carries('http://cloud.example.com/'), false);
    for (const host of [
      'localhost',
      'localhost.',
      'a.localhost',
      '127.0.0.1',
      '0x7f.1',
      '127.1.2.3:5000',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '169.254.1.1',
    ])
      assert.equal(carries(`https://${host}/`), false, host);
  });

  const EXCEPT: readonly {
    readonly noProxy: string;
    readonly direct: readonly string[];
    readonly carried: readonly string[];
  }[] = [
    { noProxy: '*', direct: ['any.example.com', '8.8.8.8'], carried: [] },
    {
      noProxy: 'example.com',
      direct: ['example.com', 'a.example.com', 'EXAMPLE.com.'],
      carried: ['notexample.com', 'example.com.evil'],
    },
    { noProxy: '.Example.com', direct: ['example.com', 'a.b.example.com'], carried: ['example.org'] },
    { noProxy: '*.example.com', direct: ['a.example.com'], carried: ['example.org'] },
    { noProxy: 'example.com:5000', direct: ['example.com:5000'], carried: ['example.com', 'example.com:5001'] },
    { noProxy: 'example.com:443', direct: ['example.com'], carried: ['example.com:5000'] },
    { noProxy: 'localhost, .svc,.cluster.local', direct: ['registry.team.svc'], carried: ['svc.example.com'] },
    { noProxy: '10.0.0.0/8 fd00::/8', direct: ['10.9.9.9:5000', '[fd12::1]'], carried: ['11.0.0.1', '[fe12::1]'] },
    { noProxy: '10.0.0.1,[fd00::1]:5000', direct: ['10.0.0.1', '[fd00::1]:5000'], carried: ['[fd00::1]'] },
    { noProxy: 'fd00::1', direct: ['[fd00::1]'], carried: ['[fd00::2]'] },
    { noProxy: ',, /,:,10.0.0.0/99', direct: [], carried: ['example.com', '10.0.0.1'] },
  ];
  for (const { noProxy, direct, carried } of EXCEPT) {
    it(`leaves out what NO_PROXY=${noProxy} names`, () => {
      for (const host of direct) assert.equal(carries(`https://${host}/`, noProxy), false, host);
      for (const host of carried) assert.equal(carries(`https://${host}/`, noProxy), true, host);
    });
  }
});
