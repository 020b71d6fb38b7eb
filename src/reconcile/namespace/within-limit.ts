// Pure: who wins which key, as long as a Secret and its marker hold it: credentials that do not fit are left out whole.
import { byPrecedence, decideKeys } from '../coverage.ts';
import type { Lost } from '../coverage.ts';
import type { Encode, EncodedConfig } from '../encode.ts';
import type { KeyClaim } from './claims.ts';

/** The API server takes 1 MiB of data in a Secret; the rest is room for keys that users added. */
export const LARGEST_CONFIG = 1024 * 1024 - 4096;
/** Of its hosts and names: annotations have 256 KiB together, and a marker that is too long to be read proves nothing. */
const LARGEST_MARKER = 96 * 1024;
/** With the records of tokens, which name their hosts once more. */
const LARGEST_WITH_RECORDS = 120 * 1024;
const RECORD_LENGTH = 190;

export interface Decided {
  readonly won: readonly KeyClaim[];
  readonly lost: readonly Lost<KeyClaim>[];
  readonly config: EncodedConfig;
  /** UIDs of those that were left out. */
  readonly tooLarge: ReadonlySet<string>;
}

/** The strongest claims that fit; credentials that no longer fit are left out whole, as few and as weak as can be. */
export function decideWithinLimit(claims: readonly KeyClaim[], encode: Encode): Decided {
  const writing = claims.filter(({ entry }) => entry !== undefined).map(({ credential }) => credential);
  const weakestFirst = [...new Set(writing)].sort(byPrecedence).reverse(); // carried bytes are there already
  const without = (count: number): Decided => {
    const tooLarge = new Set(weakestFirst.slice(0, count).map(({ uid }) => uid));
    const { won, lost } = decideKeys(claims.filter(({ credential }) => !tooLarge.has(credential.uid)));
    return { won, lost, config: encode(won.flatMap(({ entry }) => entry ?? [])), tooLarge };
  };
  const everybody = without(0);
  if (fits(everybody, claims)) return everybody;
  let [least, most] = [1, weakestFirst.length]; // leaving out more never makes it larger
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (fits(without(middle), claims)) most = middle;
    else least = middle + 1;
  }
  return without(most);
}

function fits({ config, won, tooLarge }: Decided, claims: readonly KeyClaim[]): boolean {
  const contributors = new Set(claims.map(({ credential }) => credential)).values();
  const names = contributors
    .filter(({ uid }) => !tooLarge.has(uid))
    .map(({ name, uid }) => name.length + uid.length + 90);
  const hosts = won.map(({ key }) => key.length + '"":9999,'.length);
  const records = won.map(({ key, entry }) => (entry?.record === undefined ? 0 : key.length + RECORD_LENGTH));
  const marker = total([...names, ...hosts]);
  const isReadable = marker <= LARGEST_MARKER && marker + total(records) <= LARGEST_WITH_RECORDS;
  return Buffer.byteLength(config.text) <= LARGEST_CONFIG && isReadable;
}

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}
