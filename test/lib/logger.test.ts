import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLogger, silentLogger } from '../../src/lib/logger.ts';
import type { LoggerOptions } from '../../src/lib/logger.ts';
import { sensitive } from '../../src/lib/sensitive.ts';

const CANARY = 'CANARY-4711';

function setUp(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const now = (): Date => new Date('2030-01-01T00:00:00Z');
  const logger = createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line), now, ...options });
  return { logger, lines };
}

describe('the logger', () => {
  it('writes one JSON object a line', () => {
    const { logger, lines } = setUp();
    logger.info('Started', { namespaces: 3 });
    assert.deepEqual(lines, [
      '{"time":"2030-01-01T00:00:00.000Z","level":"info","message":"Started","namespaces":3}\n',
    ]);
  });

  it('writes text for people', () => {
    const { logger, lines } = setUp({ format: 'text' });
    logger.warn('Slow', { seconds: 3, what: 'a list' });
    assert.deepEqual(lines, ['2030-01-01T00:00:00.000Z WARN  Slow seconds=3 what="a list"\n']);
  });

  it('says nothing below its level, and tells so', () => {
    const { logger, lines } = setUp();
    logger.debug('x');
    assert.equal(logger.debugEnabled, false);
    assert.equal(setUp({ level: 'debug' }).logger.debugEnabled, true);
    setUp({ level: 'error' }).logger.warn('x');
    assert.deepEqual(lines, []);
  });

  it('puts bound fields on every line', () => {
    const { logger, lines } = setUp();
    logger.with({ a: 1 }).with({ b: 2 }).error('x', { c: 3 });
    assert.match(lines[0]!, /"a":1,"b":2,"c":3/);
  });

  it('keeps its own names from being overwritten', () => {
    const { logger, lines } = setUp();
    logger.info('real', { message: 'false', level: 'false', time: 'false' });
    assert.deepEqual(JSON.parse(lines[0]!), { time: '2030-01-01T00:00:00.000Z', level: 'info', message: 'real' });
  });

  it('prints no sensitive text, whatever its field is called and in either format', () => {
    for (const format of ['json', 'text'] as const) {
      const { logger, lines } = setUp({ format });
      logger.info('x', { fine: sensitive(CANARY), nested: [{ deeper: sensitive(CANARY) }], password: CANARY });
      assert.ok(lines[0]?.includes('[redacted]') && !lines[0].includes(CANARY));
    }
  });

  it('F240: writes one printable line whatever text it is given', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a\nb', '\u001b[31mred', '\r\u2028\u2029', '{"level":"error"}', '\u202egnp', '\u009b31m', '\\'),
    );
    fc.assert(
      fc.property(
        text,
        text,
        text,
        fc.constantFrom('json' as const, 'text' as const),
        (message, name, value, format) => {
          const { logger, lines } = setUp({ format });
          logger.info(message, { [name]: value, nested: [{ [name]: value }] });
          assert.equal(lines.length, 1);
          assert.match(lines[0]!, /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+\n$/u);
          if (format === 'json') assert.equal((JSON.parse(lines[0]!) as { level: string }).level, 'info');
        },
      ),
    );
  });

  it('takes any field without failing', () => {
    const { logger, lines } = setUp();
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
        lines.length = 0;
        logger.info('x', fields);
        assert.doesNotThrow(() => JSON.parse(lines[0]!) as unknown);
      }),
    );
  });

  it('can be silent', () => {
    silentLogger.with({ a: 1 }).error('x');
    assert.equal(silentLogger.debugEnabled, false);
  });
});
