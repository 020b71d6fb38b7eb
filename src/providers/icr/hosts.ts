// Hosts of IBM Cloud registries: the only ones that a token of IBM Cloud IAM may be published for.

// Anchored at both ends. `private.` is the same registry over the private network.
const HOST = /^(?:private\.)?(?:([a-z]{2}[0-9]?)\.)?icr\.io$/;
// The entitled registry takes entitlement keys, which are the business of provider `static`.
const ENTITLED = 'cp';
// https://cloud.ibm.com/docs/Registry?topic=Registry-registry_overview#registry_regions
const REGIONS = ['us', 'uk', 'de', 'es', 'au', 'jp', 'jp2', 'ca', 'ca2', 'br'];

export interface IcrHost {
  readonly host: string;
  /** Whether we know the region; IBM opens new ones. */
  readonly isKnown: boolean;
}

/** The host of a prefix (HOST or HOST/PATH); undefined if it is no IBM Cloud registry. */
export function icrHostOf(prefix: string): IcrHost | undefined {
  const host = prefix.split('/', 1)[0] ?? '';
  const match = HOST.exec(host);
  const region = match?.[1];
  if (!match || region === ENTITLED) return undefined;
  return { host, isKnown: region === undefined || REGIONS.includes(region) };
}
