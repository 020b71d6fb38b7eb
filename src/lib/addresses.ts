// Which network addresses a call out may reach: names are chosen by others, so every address behind a name is looked at.
import { BlockList, isIP } from 'node:net';

/**
 * - `provider`: a name that a provider owns (private links resolve to private addresses): all but loopback, link-local, metadata
 * - `public`: a name that a tenant chose: private networks are refused too
 * - `metadata`: metadata addresses of clouds and nothing else
 */
export type Reach = 'provider' | 'public' | 'metadata';

/** AWS, Azure, GCE, OCI; ECS; EKS Pod Identity. Source: the vendors' documentation. */
const METADATA = ['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::23', 'fd00:ec2::254'];

const NEVER: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'], // this host
  ['127.0.0.0', 8, 'ipv4'], // loopback
  ['168.63.129.16', 32, 'ipv4'], // Azure's own services, of each machine
  ['169.254.0.0', 16, 'ipv4'], // link-local, metadata
  ['192.0.0.0', 24, 'ipv4'], // protocol assignments (OCI metadata of some shapes)
  ['224.0.0.0', 3, 'ipv4'], // multicast, reserved, broadcast
  ['::', 96, 'ipv6'], // unspecified, loopback, IPv4 addresses in a form that nobody uses any more
  ['::ffff:0:0:0', 96, 'ipv6'], // IPv4 addresses of translators (RFC 2765)
  ['64:ff9b:1::', 48, 'ipv6'], // and of a site's own (RFC 8215)
  ['2001::', 32, 'ipv6'], // and in tunnels: Teredo
  ['2002::', 16, 'ipv6'], // 6to4
  ['fe80::', 10, 'ipv6'], // link-local
  ['ff00::', 8, 'ipv6'], // multicast
  ['fd00:ec2::', 32, 'ipv6'], // AWS metadata
];
const PRIVATE: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'], // carrier-grade NAT
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'], // benchmarks
  ['fc00::', 7, 'ipv6'], // unique local
  ['fec0::', 10, 'ipv6'], // site-local, its predecessor
];

const never = listOf(NEVER);
const privateNetworks = listOf(PRIVATE);

/** `allowedNetworks`: CIDRs of the operator's configuration; they win over everything but the metadata reach. */
export function mayReach(address: string, reach: Reach, allowedNetworks: BlockList): boolean {
  const plain = unmapped(address);
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(plain) === 0) return false;
  if (reach === 'metadata') return METADATA.includes(plain);
  if (allowedNetworks.check(plain, family)) return true;
  if (never.check(plain, family)) return false;
  return reach === 'provider' || !privateNetworks.check(plain, family);
}

/** Networks that the operator's configuration allows. */
export type Networks = BlockList;

/** "10.0.0.0/8", "fd00::/8". */
export function isNetwork(cidr: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  const version = isIP(address);
  return version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

/** What is no network is left out: ask isNetwork() before. */
export function networksOf(cidrs: readonly string[]): Networks {
  const list = new BlockList();
  for (const cidr of cidrs.filter(isNetwork)) {
    const [address = '', bits = ''] = cidr.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** An IP address as it stands in a URL's host, in brackets or not. */
export function isAddress(host: string): boolean {
  return isIP(host.replace(/^\[|\]$/g, '')) !== 0;
}

function listOf(subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits, family] of subnets) list.addSubnet(address, bits, family);
  return list;
}

/**
 * "::ffff:10.0.0.1" and "::ffff:a00:1" are 10.0.0.1: an IPv4 address in other clothes. So is "64:ff9b::a00:1", the name that a
 * network of IPv6 alone gives it (RFC 6052): there all IPv4 addresses, public ones too, are reached so.
 */
function unmapped(address: string): string {
  const [, dotted] = /^(?:::ffff|64:ff9b:):(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^(?:::ffff|64:ff9b:):(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (low === undefined) return address;
  const [a, b] = [parseInt(high ?? '0', 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}
