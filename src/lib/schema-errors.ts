// What a JSON schema validator found, in the words and with the paths of kube-apiserver.
import { joined } from './structural-schema.ts';
import type { FieldError } from './structural-schema.ts';

/** As much of a validator's error as is read here. */
interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly schema?: unknown;
  readonly data?: unknown;
  readonly message?: string;
}

/** The error with the path and the words of kube-apiserver. */
export function toFieldError(error: SchemaError, object: unknown): FieldError {
  const field = fieldOf(error.instancePath, object);
  const { params } = error;
  if (error.keyword === 'required')
    return { field: joined(field, String(params['missingProperty'])), message: 'Required value' };
  return { field, message: describe(error, field) };
}

function describe({ keyword, schema, data, message, params }: SchemaError, field: string): string {
  const limit = String(params['limit']);
  const invalid = (text: string): string => `Invalid value: ${shown(data)}: ${field} in body ${text}`;
  switch (keyword) {
    case 'type':
      return `Invalid value: "${typeOf(data)}": ${field} in body must be of type ${String(schema)}: "${typeOf(data)}"`;
    case 'enum':
      return `Unsupported value: ${shown(data)}: supported values: ${(schema as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'pattern':
      return invalid(`should match '${String(schema)}'`);
    case 'maxLength':
      return `Too long: may not be more than ${limit} bytes`;
    case 'minLength':
      return invalid(`should be at least ${limit} chars long`);
    case 'maxItems':
    case 'maxProperties':
      return `Too many: ${sizeOf(data)}: must have at most ${limit} items`;
    case 'minItems':
      return `Invalid value: ${sizeOf(data)}: ${field} in body should have at least ${limit} items`;
    case 'minProperties':
      return `Invalid value: ${sizeOf(data)}: ${field} in body should have at least ${limit} properties`;
    case 'minimum':
      return invalid(`should be greater than or equal to ${limit}`);
    case 'maximum':
      return invalid(`should be less than or equal to ${limit}`);
    default:
      return invalid(message ?? keyword);
  }
}

/** "/spec/registries/0/prefix" -> "spec.registries[0].prefix". */
function fieldOf(pointer: string, object: unknown): string {
  let path = '';
  let value = object;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(value) ? `${path}[${name}]` : joined(path, name);
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  return path;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : Object.keys(value as object).length;
}

/** A scalar as it is, if it is short. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 256 ? text : `${text.slice(0, 252)}..."`;
}

/** What a broken rule says: of an object or a list only the message is shown. */
export function ruleError(path: string, value: unknown, message: string): FieldError {
  const what = typeof value === 'object' ? '' : `${shown(value)}: `;
  return { field: path === '' ? '<nil>' : path, message: `Invalid value: ${what}${message}` };
}
