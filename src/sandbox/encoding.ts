// Objects as the text of an answer. Each stored state is turned into JSON once, whatever number of clients read it.
import type { ApiObject } from './api-object.ts';
import { apiVersionOf, type ServedResource } from './resources.ts';

const encoded = new WeakMap<ApiObject, string>();

/** A whole object, with apiVersion and kind. */
export function encodeObject(resource: ServedResource, object: ApiObject): string {
  return `{"kind":"${resource.kind}","apiVersion":"${apiVersionOf(resource)}",${bare(object).slice(1)}`;
}

/** Built-in kinds leave apiVersion and kind out of list items, custom ones do not. */
export function encodeItem(resource: ServedResource, object: ApiObject): string {
  return resource.custom ? encodeObject(resource, object) : bare(object);
}

function bare(object: ApiObject): string {
  let text = encoded.get(object);
  if (text === undefined) {
    text = JSON.stringify(inOrder(object));
    encoded.set(object, text);
  }
  return text;
}

/** Metadata first, and in it who the object is, as the API server writes it. */
function inOrder({ metadata, ...rest }: ApiObject): object {
  const { name, namespace, uid, resourceVersion, ...more } = metadata;
  return { metadata: { name, namespace, uid, resourceVersion, ...more }, ...rest };
}
