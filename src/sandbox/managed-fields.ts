// Keeps metadata.managedFields for one field only, ServiceAccount.imagePullSecrets: enough to tell who fights over it.
import { isDeepStrictEqual } from 'node:util';

import type { ApiObject, ManagedField } from './api-object.ts';

const FIELD = 'imagePullSecrets';

/**
 * The list an update leaves behind: the last manager that changed the field owns it, being an atomic list. An update starts no
 * list: what was created without fields, as every "default" ServiceAccount, has none until somebody applies.
 */
export function managedFieldsAfter(before: ApiObject | undefined, after: ApiObject, writer: Writer): ManagedField[] {
  const list = [...(before?.metadata.managedFields ?? [])];
  if (before !== undefined && list.length === 0) return [];
  if (isDeepStrictEqual(before?.[FIELD], after[FIELD])) return list;
  return after[FIELD] === undefined ? [] : [ownedBy(writer)];
}

export interface Writer {
  readonly manager: string;
  readonly time: string;
}

function ownedBy({ manager, time }: Writer): ManagedField {
  const fieldsV1 = { [`f:${FIELD}`]: {} };
  return { manager, operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1 };
}
