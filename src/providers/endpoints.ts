// Names under which the operator's configuration may set another endpoint; a credential never can.

/** A service of a cloud, as `--config` spells it. */
export const SERVICES = [
  'ecr', // all regions: the URL is used as it is
  'ecr-public',
  'sts',
  'google-oauth2',
  'google-sts',
  'google-iamcredentials',
  'google-metadata',
  'entra', // authority host
  'azure-metadata',
  'acr', // base URL in place of https://HOST
  'acr-audience', // resource that Entra tokens are asked for
  'ibm-iam',
  'ocir', // base URL in place of https://HOST
  'oci-metadata',
  'oci-auth',
  'aws-metadata',
  'aws-pod-identity',
] as const;

export type ServiceName = (typeof SERVICES)[number];

/** Whatever path the base has stays in front: a gateway may stand before the cloud. */
export function urlUnder(base: URL, path: string): URL {
  return new URL(`${base.href.replace(/\/+$/, '')}${path}`);
}
