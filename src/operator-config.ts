// The file of `--config`: what only the operator's administrator may say about the world outside: endpoints, realms, networks,
// registries that tenants may name, provider switches. Documented in docs/configuration.md; every mistake is reported at once.
import type { ProviderName } from './api/registry-credential.ts';
import { isNetwork, networksOf } from './lib/addresses.ts';
import type { Networks } from './lib/addresses.ts';
import { ConfigError } from './config.ts';
import { SERVICES } from './providers/endpoints.ts';
import type { ServiceName } from './providers/endpoints.ts';

export interface OperatorConfig {
  /** In place of a cloud's own; http is allowed here. */
  readonly endpoints: ReadonlyMap<ServiceName, URL>;
  /** Registry host to the base URL where it is asked. */
  readonly registries: ReadonlyMap<string, URL>;
  /** Realm hosts that a registry may send logins to, beside its own. */
  readonly realms: readonly string[];
  /** Networks that may be reached though they are private, loopback or link-local. */
  readonly networks: Networks;
  /** Globs of hosts that RegistryCredentials may name; undefined: all. */
  readonly tenantRegistries: readonly string[] | undefined;
  readonly ambientIdentity: boolean;
  /** Names of providers that are switched off. */
  readonly disabledProviders: readonly string[];
  /** PEM texts beside the system's CAs. */
  readonly certificateAuthorities: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
/** All of them: one that is left out does not compile. */
const EVERY_PROVIDER: Readonly<Record<ProviderName, true>> = {
  ecr: true,
  gar: true,
  acr: true,
  icr: true,
  ocir: true,
  static: true,
};
const PROVIDERS: readonly string[] = Object.keys(EVERY_PROVIDER);
const KNOWN = [
  'endpoints',
  'registries',
  'realms',
  'networks',
  'tenantRegistries',
  'ambientIdentity',
  'disabledProviders',
  'certificateAuthorities',
];
const HOST = /^[a-z0-9.-]{1,253}(:[0-9]{1,5})?$/;
const HOST_GLOB = /^[a-z0-9.*-]{1,253}(:[0-9]{1,5})?$/;

/** Of the file's text. Throws a ConfigError. The YAML library is loaded here: most operators have no such file. */
export async function parseOperatorConfig(text: string): Promise<OperatorConfig> {
  const { YamlError, parseYaml } = await import('./lib/yaml.ts');
  try {
    return readOperatorConfig(parseYaml(text));
  } catch (thrown) {
    if (thrown instanceof YamlError) throw new ConfigError([`--config: the file is no YAML: ${thrown.message}`]);
    throw thrown;
  }
}

/** Without fields: the clouds' own endpoints, and nothing private. Throws a ConfigError that names every mistake. */
export function readOperatorConfig(value: unknown = {}): OperatorConfig {
  const mistakes: string[] = [];
  const fields = isFields(value) ? value : {};
  if (!isFields(value)) mistakes.push('the file must hold a map of fields');
  for (const name of Object.keys(fields)) {
    if (!KNOWN.includes(name)) mistakes.push(`${name}: unknown; known are ${KNOWN.join(', ')}`);
  }
  const list = (name: string, isRight: (value: string) => boolean, right: string): readonly string[] => {
    const value = fields[name] ?? [];
    const wrong = Array.isArray(value) ? value.filter((one) => typeof one !== 'string' || !isRight(one)) : ['no list'];
    if (wrong.length > 0) mistakes.push(`${name}: ${right}`);
    return wrong.length > 0 ? [] : (value as readonly string[]);
  };
  const urls = (name: string, isRight: (key: string) => boolean, right: string): ReadonlyMap<string, URL> => {
    const map = fields[name] ?? {};
    if (!isFields(map)) mistakes.push(`${name}: give a map of names and URLs`);
    const entries = Object.entries(isFields(map) ? map : {});
    for (const [key, value] of entries) if (!isRight(key) || !baseUrl(value)) mistakes.push(`${name}.${key}: ${right}`);
    return new Map(
      entries.flatMap(([key, value]) => (isRight(key) && baseUrl(value) ? [[key, new URL(String(value))]] : [])),
    );
  };
  const isService = (name: string): boolean => (SERVICES as readonly string[]).includes(name);
  const ambientIdentity = fields['ambientIdentity'] ?? true;
  if (typeof ambientIdentity !== 'boolean') mistakes.push('ambientIdentity: give true or false');
  const config: OperatorConfig = {
    endpoints: urls(
      'endpoints',
      isService,
      `give one of ${SERVICES.join(', ')} and an http or https URL`,
    ) as ReadonlyMap<ServiceName, URL>,
    registries: urls('registries', (host) => HOST.test(host), 'give a registry host and an http or https URL'),
    realms: list('realms', (host) => HOST.test(host), 'give hosts such as auth.example.com'),
    networks: networksOf(list('networks', isNetwork, 'give CIDRs such as 10.0.0.0/8')),
    tenantRegistries:
      fields['tenantRegistries'] === undefined
        ? undefined
        : list('tenantRegistries', (host) => HOST_GLOB.test(host), 'give hosts such as *.azurecr.io'),
    ambientIdentity: ambientIdentity === true,
    disabledProviders: list(
      'disabledProviders',
      (name) => PROVIDERS.includes(name),
      `give names of ${PROVIDERS.join(', ')}`,
    ),
    certificateAuthorities: list(
      'certificateAuthorities',
      (pem) => pem.includes('-----BEGIN CERTIFICATE-----'),
      'give certificates as PEM text',
    ),
  };
  if (mistakes.length > 0) throw new ConfigError(mistakes.map((mistake) => `--config: ${mistake}`));
  return config;
}

function baseUrl(value: unknown): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
