// What stands in one namespace, from the stores: our Secrets' names, whoever they belong to, and the ServiceAccounts.
import { DOCKER_CONFIG_TYPE } from '../../api/names.ts';
import { markerOf, standingOf } from '../marker.ts';
import type { Marker } from '../marker.ts';
import type { MadePort, Stores } from '../ports.ts';
import type { SlimNamespace, SlimSecret, SlimServiceAccount } from '../../kube/slim.ts';

export interface ObservedSecret {
  readonly slim: SlimSecret;
  readonly marker: Marker | undefined;
  /** What the marker proves; a Secret of the wrong type is never ours. */
  readonly standing: 'ours' | 'stale' | 'foreign';
}

export interface Observed {
  readonly namespace: SlimNamespace;
  /** By name; only permitted names are watched. */
  readonly secrets: ReadonlyMap<string, ObservedSecret>;
  /** Only permitted names are watched. */
  readonly serviceAccounts: readonly SlimServiceAccount[];
}

export interface ObservePorts {
  readonly stores: Stores;
  readonly installation: string;
  readonly made: MadePort;
}

export function observe(namespace: SlimNamespace, ports: ObservePorts): Observed {
  const { stores } = ports;
  const secrets = stores.secrets.inNamespace(namespace.name).map((slim) => {
    return [slim.name, observeSecret(slim, namespace, ports)] as const;
  });
  return {
    namespace,
    secrets: new Map(secrets),
    serviceAccounts: stores.serviceAccounts.inNamespace(namespace.name).filter(({ terminating }) => !terminating),
  };
}

function observeSecret(
  slim: SlimSecret,
  namespace: SlimNamespace,
  { stores, installation, made }: ObservePorts,
): ObservedSecret {
  const marker = markerOf(slim.marker);
  if (slim.type !== DOCKER_CONFIG_TYPE) return { slim, marker, standing: 'foreign' };
  const standing = standingOf(marker, { installation, namespaceUid: namespace.uid, secretName: slim.name });
  if (standing !== 'stale' || marker === undefined) return { slim, marker, standing };
  if (made.has(slim.uid)) return { slim, marker, standing: 'ours' };
  return { slim, marker, standing: isCopy(marker, stores) ? 'foreign' : 'stale' };
}

/** A marker with the UID of another live namespace was copied from there; with one that nobody has, restored. */
function isCopy(marker: Marker, stores: Stores): boolean {
  return [...stores.namespaces.values()].some(({ uid }) => uid === marker.namespaceUid);
}
