// Most events of a fan-out tell of our own writes, whose answers are known already. Who such a line is about stands at its
// beginning; the rest of it need not be read.
import type { Version } from './client.ts';

// The order in which the API server writes an object's fields (apimachinery, ObjectMeta). Any other line is read whole.
const HEAD =
  /^\{"type":"(?:ADDED|MODIFIED)","object":\{"kind":"\w+","apiVersion":"[\w./]+","metadata":\{"name":"([\w.-]+)",(?:"namespace":"([\w-]+)",)?"uid":"([\w-]+)","resourceVersion":"(\d+)",/;
const LONGEST_HEAD = 600;

/** Which version of which object a line of a watch is about; undefined: its beginning does not say. */
export function versionIn(line: Buffer): Version | undefined {
  const found = HEAD.exec(line.toString('latin1', 0, LONGEST_HEAD));
  const [, name, namespace, uid, resourceVersion] = found ?? [];
  if (name === undefined || uid === undefined || resourceVersion === undefined) return undefined;
  return { name, namespace, uid, resourceVersion };
}
