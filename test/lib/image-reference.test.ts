import assert from 'node:assert/strict';
import fc from 'fast-check';
import { imageName } from '../../src/lib/image-reference.ts';

const SHA = 'a'.repeat(64);

// Measured with github.com/distribution/reference v0.6.0.
const cases: readonly (readonly [image: string, name: string | undefined])[] = [
  ['nginx', 'docker.io/library/nginx'],
  ['nginx:1.27', 'docker.io/library/nginx'],
  ['team/nginx', 'docker.io/team/nginx'],
  ['docker.io/nginx', 'docker.io/library/nginx'],
  ['index.docker.io/nginx', 'docker.io/library/nginx'],
  ['index.docker.io/team/nginx', 'docker.io/team/nginx'],
  ['localhost/x', 'localhost/x'],
  ['localhost:5000/x:y', 'localhost:5000/x'],
  ['reg.io/a/b/c:tag', 'reg.io/a/b/c'],
  ['reg.io:5000/a:tag', 'reg.io:5000/a'],
  [`reg.io/a@sha256:${SHA}`, 'reg.io/a'],
  [`reg.io/a:tag@sha256:${SHA}`, 'reg.io/a'],
  ['[::1]:5000/x', '[::1]:5000/x'],
  ['Upper/x', 'Upper/x'],
  ['reg.io/a__b/c--d', 'reg.io/a__b/c--d'],
  ['reg.io/a___b', undefined],
  ['reg.io/Upper', undefined],
  ['reg.io/a@sha256:abc', undefined],
  [`reg.io/a@md5:${SHA}`, undefined],
  ['reg.io/a:', undefined],
  [`reg.io/a:${'t'.repeat(129)}`, undefined],
  ['https://reg.io/a', undefined],
  ['reg.io/', undefined],
  ['', undefined],
  [SHA, undefined],
  [`reg.io/${'a'.repeat(256)}`, undefined],
];

describe('imageName', () => {
  for (const [image, name] of cases) {
    it(`${image.length > 80 ? `${image.slice(0, 40)}...` : JSON.stringify(image)} is ${name ?? 'no image'}`, () => {
      assert.equal(imageName(image), name);
    });
  }

  it('names a normal form the same way again', () => {
    const image = fc.stringMatching(/^([a-z]{1,3}\.io\/)?[a-z]{1,3}(\/[a-z]{1,3})?(:[a-z]{1,3})?$/);
    fc.assert(
      fc.property(image, (text) => {
        const name = imageName(text);
        assert.ok(name !== undefined && imageName(name) === name);
      }),
    );
  });

  it('takes hostile names in linear time', () => {
    const start = performance.now();
    for (const piece of ['a', '-', '_', '.', 'a-', '/', ':'])
      imageName(`reg.io/${piece.repeat(4_000 / piece.length)}!`);
    assert.ok(performance.now() - start < 2_000);
  });
});
