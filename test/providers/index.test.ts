import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { providers } from '../../src/providers/index.ts';

describe('providers', () => {
  it('holds every provider of the folder', () => {
    const files = readdirSync(new URL('../../src/providers/', import.meta.url));
    const names = new Set(files.map((file) => file.replace(/\.ts$/, '')));
    for (const notOne of ['index', 'provider', 'endpoints', 'answers', 'bind']) names.delete(notOne);
    assert.deepEqual(Object.keys(providers).sort(), [...names].sort());
  });
});
