import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readDockerConfig } from '../../src/lib/kubelet-config.ts';

const TYPE = 'kubernetes.io/dockerconfigjson';
const LEGACY_TYPE = 'kubernetes.io/dockercfg';

// The rules themselves are held by the vectors of keyring.test.ts; here is what holds for every text.
describe('readDockerConfig', () => {
  it('reads the same logins from both types', () => {
    const text = fc.string().filter((value) => value.isWellFormed());
    const hosts = fc.dictionary(text, fc.record({ username: text, password: text }, { noNullPrototype: true }));
    fc.assert(
      fc.property(hosts, (auths) => {
        const modern = readDockerConfig(TYPE, JSON.stringify({ auths }));
        const legacy = readDockerConfig(LEGACY_TYPE, JSON.stringify(auths));
        assert.deepEqual(modern, legacy);
        assert.deepEqual(modern.ok && [...modern.entries], Object.entries(auths));
      }),
    );
  });

  it('lets auth win over the fields beside it', () => {
    const login = fc.tuple(
      fc.string({ unit: 'grapheme' }).filter((name) => !name.includes(':')),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(login, ([username, password]) => {
        const auth = Buffer.from(`${username}:${password}`).toString('base64');
        const text = JSON.stringify({ auths: { h: { username: 'x', password: 'y', auth } } });
        const config = readDockerConfig(TYPE, text);
        assert.deepEqual(config.ok && config.entries.get('h'), { username, password });
      }),
    );
  });

  for (const [text, error] of [
    ['x', 'the text is not JSON'],
    ['[]', 'the document is not an object'],
    ['{"auths":[]}', 'the map of hosts is not an object'],
    ['{"auths":{"h":5}}', 'an entry is not an object'],
    ['{"auths":{"h":{"Email":5}}}', 'field "email" is not a string'],
    ['{"HttpHeaders":5}', '"HttpHeaders" is not an object'],
    ['{"auths":{"h":{"auth":"!"}}}', '"auth" is not base64'],
    ['{"auths":{"h":{"auth":"dXA="}}}', '"auth" holds no colon'],
  ] as const) {
    it(`says what is wrong with ${text}`, () => {
      assert.deepEqual(readDockerConfig(TYPE, text), { ok: false, error });
    });
  }
});
