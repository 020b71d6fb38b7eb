// Objects cut down on arrival: what the decisions need, and nothing of a Secret's data but hashes.

interface Slim {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface SlimNamespace extends Slim {
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

/** One entry of `imagePullSecrets` as it stands there; `{}` exists in the wild and is kept. */
export interface PullSecretEntry {
  readonly name?: string;
}

export interface SlimServiceAccount extends Slim {
  readonly namespace: string;
  readonly terminating: boolean;
  readonly entries: readonly PullSecretEntry[];
  /** Raw text of `regcred.dev/pull-secrets`. */
  readonly pullSecrets: string | undefined;
  /** Raw value of `regcred.dev/ignore`. */
  readonly ignore: string | undefined;
}

export interface SlimSecret extends Slim {
  readonly namespace: string;
  readonly type: string;
  readonly immutable: boolean;
  readonly terminating: boolean;
  /** A controller owns it by owner reference: never adopted. */
  readonly controlled: boolean;
  /** Raw text of the marker annotation. */
  readonly marker: string | undefined;
  /** `shortHash()` of the docker config's bytes, undefined where the key is missing. */
  readonly configHash: string | undefined;
  /** Per raw host key of `auths` the `entryHash()` of its entry; undefined where the config does not parse as JSON. */
  readonly entryHashes: ReadonlyMap<string, string> | undefined;
  /** The kubelet could read the docker config (lib/keyring.ts `readDockerConfig`). */
  readonly readable: boolean;
  /** Hash per `label:KEY` and `annotation:KEY` (the marker apart): what templates are compared with. */
  readonly metadataHashes: Readonly<Record<string, string>>;
}
