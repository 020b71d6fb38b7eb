// The bytes of a pull Secret, made once for each set of winners, however many namespaces share it; nothing leaves here
// that the kubelet's own rules would not read.
import { DOCKER_CONFIG_TYPE } from '../api/names.ts';
import { encodeDockerConfig, writtenKeys } from '../lib/docker-config.ts';
import { shortHash } from '../lib/hash.ts';
import { readDockerConfig } from '../lib/keyring.ts';
import { createPool } from '../lib/pool.ts';
import type { PublishedEntry } from './ports.ts';

export interface EncodedConfig {
  readonly text: string;
  /** `shortHash(text)`. */
  readonly hash: string;
  /** Raw host key to the entry that is written under it. */
  readonly entries: ReadonlyMap<string, PublishedEntry>;
  /** False: the kubelet would fail every pull of a pod that names this Secret. */
  readonly readable: boolean;
}

export type Encode = (winners: readonly PublishedEntry[]) => EncodedConfig;

const REMEMBERED = 16; // a config may be as large as a Secret

/** A pure function with a small memory: rotations over thousands of namespaces encode once. */
export function createEncoder(): Encode {
  const known = createPool<EncodedConfig>(REMEMBERED);
  return (winners) => {
    const name = winners.map(({ key, hash }) => `${key} ${hash}`).join('\n');
    return known.get(name, () => encode(winners));
  };
}

function encode(winners: readonly PublishedEntry[]): EncodedConfig {
  const entries = new Map(winners.flatMap((winner) => writtenKeys(winner.key).map((raw) => [raw, winner] as const)));
  const text = encodeDockerConfig(new Map([...entries].map(([raw, { entry }]) => [raw, entry])));
  return { text, hash: shortHash(text), entries, readable: readDockerConfig(DOCKER_CONFIG_TYPE, text).ok };
}
