import assert from 'node:assert/strict';

import type { ApiObject, ManagedField } from '../../src/sandbox/api-object.ts';
import { managedFieldsAfter } from '../../src/sandbox/managed-fields.ts';

const writer = { manager: 'ours', time: '2026-01-01T00:00:00Z' };

describe('managedFieldsAfter', () => {
  it('begins with who created the list, not with who created an object without one', () => {
    assert.deepEqual(managersOf(managedFieldsAfter(undefined, account(['a']), writer)), ['ours']);
    assert.deepEqual(managedFieldsAfter(undefined, account(undefined), writer), []);
  });

  it('hands the list to who changes it, and leaves it with its owner else', () => {
    const theirs = account(['a'], managedFieldsAfter(undefined, account(['a']), { ...writer, manager: 'theirs' }));

    assert.deepEqual(managersOf(managedFieldsAfter(theirs, account(['a']), writer)), ['theirs']);
    assert.deepEqual(managersOf(managedFieldsAfter(theirs, account(['b']), writer)), ['ours']);
    assert.deepEqual(managedFieldsAfter(theirs, account(undefined), writer), []);
  });

  it('does not begin with an update of what was created without', () => {
    assert.deepEqual(managedFieldsAfter(account(undefined), account(['a']), writer), []);
  });
});

function managersOf(list: readonly ManagedField[]): string[] {
  return list.map(({ manager }) => manager);
}

function account(names: readonly string[] | undefined, managedFields: ManagedField[] = []): ApiObject {
  const metadata = { name: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '', managedFields };
  return { metadata, ...(names ? { imagePullSecrets: names.map((name) => ({ name })) } : {}) };
}
