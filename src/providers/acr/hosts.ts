// Hosts of Azure registries: the only ones that an Entra token may be sent to, and the cloud that each belongs to.

/** A national cloud: it has its own authority, and its tokens are good nowhere else. */
export type Cloud = 'public' | 'china' | 'government';

export interface AcrHost {
  readonly host: string;
  readonly cloud: Cloud;
}

// Domain name labels carry a hyphen (myreg-abc123.azurecr.io), regional endpoints end in REGION.geo. Anchored at both
// ends: unanchored patterns were CVE-2024-35192.
const HOST = /^[a-z0-9]{5,50}(?:-[a-z0-9]+)?(?:\.[a-z0-9]+\.geo)?\.azurecr\.(io|cn|us)$/;
const CLOUDS: Readonly<Record<string, Cloud>> = { io: 'public', cn: 'china', us: 'government' };
const LONGEST_HOST = 253;

/** The host of a prefix (HOST or HOST/PATH); undefined if it is no Azure registry. */
export function acrHostOf(prefix: string): AcrHost | undefined {
  const host = prefix.split('/', 1)[0] ?? '';
  const suffix = host.length > LONGEST_HOST ? undefined : HOST.exec(host)?.[1];
  const cloud = suffix === undefined ? undefined : CLOUDS[suffix];
  return cloud && { host, cloud };
}

/** The authority that gives a cloud's tokens. */
export function authorityOf(cloud: Cloud): URL {
  const hosts: Readonly<Record<Cloud, string>> = {
    public: 'login.microsoftonline.com',
    china: 'login.chinacloudapi.cn',
    government: 'login.microsoftonline.us',
  };
  return new URL(`https://${hosts[cloud]}`);
}

/** Whether a secret may go to this URL: an authority's answer names the URL that the secret is sent to. */
export function isAuthority(url: URL): boolean {
  const known = [
    'login.microsoftonline.com',
    'login.microsoftonline.us',
    'login.chinacloudapi.cn',
    'login.partner.microsoftonline.cn', // China's other name
  ];
  return url.protocol === 'https:' && url.port === '' && known.includes(url.hostname);
}
