// Pure: puts our entries onto a live docker config. Ours replaces every spelling of its key; of the live entries only the
// ones to keep survive, and of those only what the kubelet can read: one bad entry ends every pull of a pod.
import { DOCKER_CONFIG_TYPE } from '../../api/names.ts';
import { encodeDockerConfig } from '../../lib/docker-config.ts';
import type { DockerConfig } from '../../lib/docker-config.ts';
import { keyringKey, readDockerConfig } from '../../lib/keyring.ts';

/**
 * `keep` holds raw host keys of the live config. A live key that the kubelet files under one of ours, or under nothing,
 * is kept only where nothing of ours replaces it.
 */
export function mergeOnto(live: DockerConfig, ours: DockerConfig, keep: readonly string[]): DockerConfig {
  const replaced = new Set([...ours.keys()].map(keyringKey));
  const kept = keep.filter(
    (raw) => live.has(raw) && !ours.has(raw) && !isReplaced(raw, replaced) && isReadable(raw, live.get(raw)),
  );
  return new Map([...kept.map((raw) => [raw, live.get(raw)] as const), ...ours]);
}

function isReplaced(raw: string, replaced: ReadonlySet<string | undefined>): boolean {
  const key = keyringKey(raw);
  return key !== undefined && replaced.has(key);
}

function isReadable(raw: string, entry: unknown): boolean {
  return readDockerConfig(DOCKER_CONFIG_TYPE, encodeDockerConfig(new Map([[raw, entry]]))).ok;
}
