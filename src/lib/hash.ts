// Short hashes for comparing contents that we do not want to keep.
import { hash } from 'node:crypto';

/** SHA-256 cut to 96 bits, base64url: enough against accidents, small enough to keep ten thousand times. */
export function shortHash(text: string | Uint8Array): string {
  return hash('sha256', text, 'base64url').slice(0, 16);
}
