import assert from 'node:assert/strict';
import { ruleError, toFieldError } from '../../src/lib/schema-errors.ts';

const object = { spec: { list: [{ 'a/b': 1 }], name: 'x' } };

describe('errors in the words of the API server', () => {
  it('write the path with dots and indexes', () => {
    const error = { keyword: 'minimum', instancePath: '/spec/list/0/a~1b', params: { limit: 2 }, data: 1 };
    assert.deepEqual(toFieldError(error, object), {
      field: 'spec.list[0].a/b',
      message: 'Invalid value: 1: spec.list[0].a/b in body should be greater than or equal to 2',
    });
  });

  it('name the field that is missing', () => {
    const error = { keyword: 'required', instancePath: '/spec', params: { missingProperty: 'provider' } };
    assert.deepEqual(toFieldError(error, object), { field: 'spec.provider', message: 'Required value' });
  });

  it('show types, never contents, where the type is wrong', () => {
    const error = { keyword: 'type', instancePath: '/spec/name', params: {}, schema: 'integer', data: 'hunter2' };
    assert.equal(
      toFieldError(error, object).message,
      'Invalid value: "string": spec.name in body must be of type integer: "string"',
    );
  });

  it('cut long values', () => {
    const data = 'x'.repeat(10_000);
    const error = { keyword: 'pattern', instancePath: '/spec/name', params: {}, schema: '^y$', data };
    assert.ok(toFieldError(error, object).message.length < 400);
  });

  it('show scalars beside the message of a rule, but not objects', () => {
    assert.deepEqual(ruleError('', { a: 1 }, 'must be b'), { field: '<nil>', message: 'Invalid value: must be b' });
    assert.deepEqual(ruleError('spec.a', 'c', 'must be b'), {
      field: 'spec.a',
      message: 'Invalid value: "c": must be b',
    });
  });
});
