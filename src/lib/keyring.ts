// Which credentials a kubelet tries for an image: its own rules for pull Secrets, ported.
import { parseGoUrl } from './go-url.ts';

/** The key under which the kubelet files an entry of a docker config; undefined where it skips the entry. */
export function keyringKey(rawKey: string): string | undefined {
  const hasScheme = rawKey.startsWith('https://') || rawKey.startsWith('http://');
  const url = parseGoUrl(hasScheme ? rawKey : `https://${rawKey}`);
  if (!url) return undefined;
  const isVersioned = url.path.startsWith('/v1/') || url.path.startsWith('/v2/');
  const path = isVersioned ? url.path.slice('/v1'.length) : url.path;
  return path === '/' ? url.host : url.host + path;
}
