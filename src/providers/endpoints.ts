// Names under which the operator's configuration may set another endpoint; a credential never can.

/** A service of a cloud, as `--config` spells it; per region where the cloud's own endpoint is. */
export type ServiceName =
  | 'ecr' // all regions: the URL is used as it is
  | 'ecr-public'
  | 'sts'
  | 'google-oauth2'
  | 'google-sts'
  | 'google-iamcredentials'
  | 'google-metadata'
  | 'entra' // authority host
  | 'azure-metadata'
  | 'acr' // base URL in place of https://HOST
  | 'acr-audience' // resource that Entra tokens are asked for
  | 'ibm-iam'
  | 'ocir' // base URL in place of https://HOST
  | 'oci-metadata'
  | 'oci-auth'
  | 'aws-metadata'
  | 'aws-pod-identity';
