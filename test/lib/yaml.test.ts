import assert from 'node:assert/strict';
import fc from 'fast-check';
import { YamlError, parseYaml, parseYamlDocuments, stringifyYaml } from '../../src/lib/yaml.ts';

const SECRET = 'hunter2-hunter2';

function errorOf(text: string): YamlError {
  try {
    parseYamlDocuments(text);
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

describe('yaml', () => {
  it('reads all documents in order and leaves empty ones out', () => {
    assert.deepEqual(parseYamlDocuments('---\na: 1\n---\n# only a comment\n---\nb: [2, null]\n...\n'), [
      { a: 1 },
      { b: [2, null] },
    ]);
    assert.deepEqual(parseYamlDocuments(''), []);
  });

  it('reads JSON', () => {
    assert.deepEqual(parseYaml('{"a": {"b": [true, "x"]}}'), { a: { b: [true, 'x'] } });
  });

  it('reads one document and refuses a second one', () => {
    assert.deepEqual(parseYaml('a: 1'), { a: 1 });
    assert.equal(parseYaml(''), undefined);
    assert.throws(() => parseYaml('a: 1\n---\nb: 2'), /expected one YAML document, found 2/);
  });

  it('says line and column of a mistake and never quotes what stands there', () => {
    const broken = [
      `a: 1\npassword: "${SECRET}\nb: 2\n`,
      `password: ${SECRET}\npassword: ${SECRET}\n`,
      `a: 1\n  ${SECRET}: x\n`,
      `a: [${SECRET}\n`,
      `a: *${SECRET}\n`,
      `a: !!${SECRET}\t\n\t${SECRET}: x`,
    ];
    for (const text of broken) {
      const error = errorOf(text);
      assert.match(error.message, /at line \d+, column \d+$/);
      assert.ok(!error.stack?.includes(SECRET), error.message);
      assert.ok(error.line >= 1 && error.column >= 1);
    }
    assert.equal(errorOf('a: 1\na: 2\n').line, 2);
  });

  it('refuses a few lines that would become gigabytes', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`,
    );
    assert.match(errorOf(`l0: &l0 [x]\n${levels.join('\n')}\n`).message, /too many aliases/);
  });

  it('keeps a key called __proto__ to itself', () => {
    const value = parseYaml('__proto__: {polluted: true}\n') as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ['__proto__']);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('takes text from a mistaken file for what it is, without a throw of another kind', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        try {
          parseYamlDocuments(text);
        } catch (error) {
          assert.ok(error instanceof YamlError);
        }
      }),
    );
  });

  it('writes what it reads again', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value))); // it knows no -0
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(value !== null && !JSON.stringify(value).includes('"__proto__"'));
        assert.deepEqual(parseYaml(stringifyYaml(value)), value);
      }),
    );
  });

  it('writes block style without aliases and folded lines', () => {
    const shared = { name: 'x'.repeat(200) };
    assert.equal(
      stringifyYaml({ a: shared, b: [shared] }),
      `a:\n  name: ${shared.name}\nb:\n  - name: ${shared.name}\n`,
    );
  });
});
