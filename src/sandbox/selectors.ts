// Field and label selectors of lists and watches.
import type { ApiObject } from './api-object.ts';
import { badRequest } from './status.ts';

export type Matcher = (object: ApiObject) => boolean;

export interface Selection {
  readonly matches: Matcher;
  /** The one name that can match, so that a watch hears of nothing else. */
  readonly name?: string;
  /** Whether any selector was given: then a list does not tell how many items remain. */
  readonly isNarrowed: boolean;
}

export function selectionOf(query: URLSearchParams, namespace: string | undefined): Selection {
  const fields = parseFields(query.get('fieldSelector') ?? '');
  const labels = splitOutsideParentheses(query.get('labelSelector') ?? '').map(parseLabelTerm);
  const inNamespace: Matcher = (object) => namespace === undefined || object.metadata.namespace === namespace;
  const matchers = [inNamespace, ...fields.map(fieldMatcher), ...labels];
  const name = fields.find((one) => one.field === 'metadata.name' && one.equal)?.value;
  const matches: Matcher = (object) => matchers.every((matcher) => matcher(object));
  return { matches, isNarrowed: fields.length + labels.length > 0, ...(name === undefined ? {} : { name }) };
}

interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

function parseFields(text: string): FieldTerm[] {
  return text
    .split(',')
    .filter((term) => term !== '')
    .map(parseFieldTerm);
}

function parseFieldTerm(term: string): FieldTerm {
  const [, field, operator, value = ''] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (field === undefined) throw badRequest(`Unable to find "${term}": invalid field selector`);
  if (!['metadata.name', 'metadata.namespace'].includes(field)) throw badRequest(`field label not supported: ${field}`);
  return { field, equal: operator !== '!=', value };
}

function fieldMatcher({ field, equal, value }: FieldTerm): Matcher {
  return (object) => (fieldOf(object, field) === value) === equal;
}

function fieldOf({ metadata }: ApiObject, field: string): string {
  return field === 'metadata.name' ? metadata.name : (metadata.namespace ?? '');
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/).filter((term) => term.trim() !== '');
}

function parseLabelTerm(term: string): Matcher {
  const text = term.trim();
  const [, setKey, not, values = ''] = /^(\S+)\s+(not)?in\s*\(([^)]*)\)$/.exec(text) ?? [];
  if (setKey !== undefined)
    return setMatcher(
      setKey,
      values.split(',').map((value) => value.trim()),
      not === undefined,
    );
  const [, key, operator, value = ''] = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text) ?? [];
  if (key !== undefined) return setMatcher(key, [value], operator !== '!=');
  const absent = text.startsWith('!');
  const name = absent ? text.slice(1).trim() : text;
  return ({ metadata }) => (metadata.labels?.[name] !== undefined) !== absent;
}

// As labels.Requirement: a missing key never equals, and always differs.
function setMatcher(key: string, values: readonly string[], wanted: boolean): Matcher {
  return ({ metadata }) => values.includes(metadata.labels?.[key] ?? '\0') === wanted;
}
