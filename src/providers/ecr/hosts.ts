// The hosts of ECR: which service, region and partition a prefix means, and where that region's APIs are.

/** As much of a prefix as a call needs. */
export interface EcrHost {
  readonly service: 'ecr' | 'ecr-public';
  /** `*` for all accounts of the region, and for the public registry. */
  readonly account: string;
  readonly region: string;
  /** Of ARNs, such as aws-cn. */
  readonly partition: string;
  readonly isFips: boolean;
  readonly isDualStack: boolean;
  readonly domains: Domains;
}

/** Suffixes of a partition's APIs. */
export interface Domains {
  readonly ipv4: string;
  /** Null: none is known. */
  readonly dualStack: string | null;
}

/** What chooses the addresses of APIs. */
export type Location = Pick<EcrHost, 'service' | 'region' | 'isFips' | 'isDualStack' | 'domains'>;

interface Partition {
  readonly domains: Domains;
  readonly arn: string;
}

// The CRD's pattern, held again in code: a cloud's token never goes to a host that the cloud does not own. After those of
// https://github.com/awslabs/amazon-ecr-credential-helper and https://github.com/kubernetes/cloud-provider-aws.
const PRIVATE =
  /^(?<account>[0-9]{12}|\*)\.dkr[.-]ecr(?<fips>-fips)?\.(?<region>[a-z0-9][a-z0-9-]*)\.(?<suffix>amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.(?:com\.cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;
const PATH = /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const LONGEST_PREFIX = 511;

const AWS = { ipv4: 'amazonaws.com', dualStack: 'api.aws' };
const CHINA = { ipv4: 'amazonaws.com.cn', dualStack: 'api.amazonwebservices.com.cn' };
const EUROPE = { ipv4: 'amazonaws.eu', dualStack: 'api.amazonwebservices.eu' };

/** By the end of an image host; dual-stack hosts have ends of their own. */
const PARTITIONS: ReadonlyMap<string, Partition> = new Map([
  ['amazonaws.com', { domains: AWS, arn: 'aws' }],
  ['on.aws', { domains: AWS, arn: 'aws' }],
  ['amazonaws.com.cn', { domains: CHINA, arn: 'aws-cn' }],
  ['on.amazonwebservices.com.cn', { domains: CHINA, arn: 'aws-cn' }],
  ['amazonaws.eu', { domains: EUROPE, arn: 'aws-eusc' }],
  ['on.amazonwebservices.eu', { domains: EUROPE, arn: 'aws-eusc' }],
  ['c2s.ic.gov', { domains: { ipv4: 'c2s.ic.gov', dualStack: null }, arn: 'aws-iso' }],
  ['sc2s.sgov.gov', { domains: { ipv4: 'sc2s.sgov.gov', dualStack: null }, arn: 'aws-iso-b' }],
  ['cloud.adc-e.uk', { domains: { ipv4: 'cloud.adc-e.uk', dualStack: null }, arn: 'aws-iso-e' }],
  ['csp.hci.ic.gov', { domains: { ipv4: 'csp.hci.ic.gov', dualStack: null }, arn: 'aws-iso-f' }],
]);

/** Undefined: not a prefix of ECR. */
export function parsePrefix(prefix: string): EcrHost | undefined {
  const slash = prefix.indexOf('/');
  const host = slash < 0 ? prefix : prefix.slice(0, slash);
  if (prefix.length > LONGEST_PREFIX || !PATH.test(prefix.slice(host.length))) return undefined;
  return parsePublic(host) ?? parsePrivate(host);
}

/** Where registry tokens are asked for. */
export function tokenUrl({ service, region, isFips, isDualStack, domains }: Location): URL {
  const name = `${service}${isFips ? '-fips' : ''}.${region}`;
  if (isDualStack && domains.dualStack) return new URL(`https://${name}.${domains.dualStack}/`);
  return new URL(`https://api.${name}.${domains.ipv4}/`);
}

/** Where roles are assumed. The region's own endpoint: opt-in regions refuse sessions of the global one. */
export function stsUrl({ region, isFips, isDualStack, domains }: Location): URL {
  const isDual = isDualStack && domains.dualStack !== null;
  const domain = isDual ? domains.dualStack : domains.ipv4;
  const hasFipsName = isFips && (isDual || !region.startsWith('us-gov-')); // GovCloud's plain names are FIPS already
  return new URL(`https://sts${hasFipsName ? '-fips' : ''}.${region}.${domain}/`);
}

// https://docs.aws.amazon.com/general/latest/gr/ecr-public.html: tokens are asked for in us-east-1 alone.
function parsePublic(host: string): EcrHost | undefined {
  if (host !== 'public.ecr.aws' && host !== 'ecr-public.aws.com') return undefined;
  const isDualStack = host === 'ecr-public.aws.com';
  const place = { region: 'us-east-1', partition: 'aws', domains: AWS };
  return { service: 'ecr-public', account: '*', ...place, isFips: false, isDualStack };
}

function parsePrivate(host: string): EcrHost | undefined {
  const { account = '', fips, region = '', suffix = '' } = PRIVATE.exec(host)?.groups ?? {};
  const found = PARTITIONS.get(suffix);
  if (!found) return undefined;
  const partition = region.startsWith('us-gov-') ? 'aws-us-gov' : found.arn;
  const isDualStack = suffix.startsWith('on.');
  return {
    service: 'ecr',
    account,
    region,
    partition,
    isFips: fips !== undefined,
    isDualStack,
    domains: found.domains,
  };
}
