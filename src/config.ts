// Flags and environment become one frozen Config; every mistake is reported at once.
import { DEFAULT_SECRET_NAME, DEFAULT_SERVICE_ACCOUNT_NAME } from './api/names.ts';
import type { PermittedNames } from './api/permitted-names.ts';

export interface Config {
  /** Path of a kubeconfig; undefined: $KUBECONFIG, else in a cluster, else ~/.kube/config. */
  readonly kubeconfig: string | undefined;
  /** The operator's namespace: home of cluster credentials' inputs, of the Lease, and the installation's id. */
  readonly namespace: string;
  readonly secretNames: PermittedNames;
  readonly serviceAccountNames: PermittedNames;
  /** Of tenants: where a RoleBinding of theirs consents, or, where it is bound everywhere, with the input label. */
  readonly tenantInputs: 'consented' | 'labelled';
  /** Namespace runs at once, 3 to 64. */
  readonly concurrency: number;
  readonly deletionGraceMs: number;
  readonly leaderElect: boolean;
  /** HOST:PORT, ":PORT", or "0" for off. */
  readonly metricsAddress: string;
  readonly healthAddress: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'json' | 'text';
}

export interface Option {
  readonly flag: string;
  readonly placeholder: string;
  readonly default: string;
  readonly help: string;
}

/** The flags of `regcred run`; each is also REGCRED_... in the environment. */
export const options = {
  kubeconfig: {
    flag: '--kubeconfig',
    placeholder: 'FILE',
    default: '',
    help: 'kubeconfig; default: $KUBECONFIG, else in-cluster, else ~/.kube/config',
  },
  config: {
    flag: '--config',
    placeholder: 'FILE',
    default: '',
    help: 'endpoints, networks, realms and switches (docs/configuration.md)',
  },
  namespace: {
    flag: '--namespace',
    placeholder: 'NAME',
    default: 'regcred-system',
    help: "the operator's own namespace",
  },
  secretNames: {
    flag: '--secret-names',
    placeholder: 'NAMES',
    default: DEFAULT_SECRET_NAME,
    help: 'names that pull Secrets may have, comma separated, or *',
  },
  serviceAccountNames: {
    flag: '--service-account-names',
    placeholder: 'NAMES',
    default: DEFAULT_SERVICE_ACCOUNT_NAME,
    help: 'ServiceAccounts that may be patched, comma separated, or *',
  },
  tenantInputs: {
    flag: '--tenant-inputs',
    placeholder: 'WHICH',
    default: 'consented',
    help: "labelled: tenants' input Secrets need the label regcred.dev/input=true, too; for consent that is bound everywhere",
  },
  concurrency: {
    flag: '--concurrency',
    placeholder: 'N',
    default: '16',
    help: 'namespaces worked on at once in a fan-out, 3 to 64',
  },
  deletionGrace: {
    flag: '--deletion-grace',
    placeholder: 'DURATION',
    default: '10s',
    help: 'wait before a deleted credential is acted upon, such as 0, 10s, 5m',
  },
  leaderElect: {
    flag: '--leader-elect',
    placeholder: 'BOOL',
    default: 'true',
    help: 'true or false: elect a leader by Lease',
  },
  metricsAddress: {
    flag: '--metrics-address',
    placeholder: 'ADDRESS',
    default: ':8080',
    help: 'where /metrics listens, 0 for off',
  },
  healthAddress: {
    flag: '--health-address',
    placeholder: 'ADDRESS',
    default: ':8081',
    help: 'where /healthz and /readyz listen, 0 for off',
  },
  logLevel: {
    flag: '--log-level',
    placeholder: 'LEVEL',
    default: 'info',
    help: 'debug (each call of the API server), info, warn, error',
  },
  logFormat: { flag: '--log-format', placeholder: 'FORMAT', default: 'json', help: 'json or text' },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof options;
export type RawOptions = Readonly<Partial<Record<OptionName, string>>>;

/** "--secret-names" is REGCRED_SECRET_NAMES in the environment. */
export function environmentName(flag: string): string {
  return `REGCRED_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`;
}

/** All mistakes of one command line, each with the flag, the value and what is right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

/** Flags win over the environment, which wins over defaults. Throws a ConfigError that names every mistake. */
export function readConfig(flags: RawOptions, environment: Readonly<Record<string, string | undefined>>): Config {
  const mistakes: string[] = [];
  const read = <T>(name: OptionName, parse: (text: string) => T | undefined, right: string): T => {
    const { flag, default: fallback } = options[name];
    const variable = environmentName(flag);
    const text = flags[name] ?? environment[variable] ?? fallback;
    const value = parse(text.trim());
    if (value !== undefined) return value;
    const where = flags[name] === undefined ? `${variable} (${flag})` : flag;
    mistakes.push(`${where}: ${JSON.stringify(text.slice(0, 100))} is not valid; ${right}`);
    return parse(fallback) as T;
  };

  const kubeconfig = read('kubeconfig', (text) => text, 'give the path of a kubeconfig');
  const config: Config = {
    kubeconfig: kubeconfig === '' ? undefined : kubeconfig,
    namespace: read('namespace', dnsLabel, 'give the name of a namespace, such as regcred-system'),
    secretNames: read('secretNames', nameList, 'give names such as regcred-managed,other, or *'),
    serviceAccountNames: read('serviceAccountNames', nameList, 'give names such as default,builder, or *'),
    tenantInputs: read('tenantInputs', oneOf('consented', 'labelled'), 'give consented or labelled'),
    concurrency: read('concurrency', integerWithin(3, 64), 'give a whole number from 3 to 64'),
    deletionGraceMs: read('deletionGrace', durationMs, 'give a duration from 0 to 24h, such as 10s'),
    leaderElect: read('leaderElect', boolean, 'give true or false'),
    metricsAddress: read('metricsAddress', listenAddress, 'give HOST:PORT, :PORT, or 0 for off'),
    healthAddress: read('healthAddress', listenAddress, 'give HOST:PORT, :PORT, or 0 for off'),
    logLevel: read('logLevel', oneOf('debug', 'info', 'warn', 'error'), 'give debug, info, warn or error'),
    logFormat: read('logFormat', oneOf('json', 'text'), 'give json or text'),
  };
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.freeze(config);
}

/** Path of the operator's configuration file; undefined: none. Apart, so that its mistakes can be told with those of the flags. */
export function configFileIn(
  flags: RawOptions,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { flag } = options.config;
  return (flags.config ?? environment[environmentName(flag)] ?? '').trim() || undefined;
}

function dnsLabel(text: string): string | undefined {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined;
}

function nameList(text: string): PermittedNames | undefined {
  if (text === '*') return '*';
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const isName = (name: string): boolean => name.length <= 253 && /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name);
  return names.every(isName) ? Object.freeze(names) : undefined;
}

function integerWithin(low: number, high: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : NaN;
    return value >= low && value <= high ? value : undefined;
  };
}

function durationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^([0-9]{1,6})(ms|s|m|h)$/.exec(text);
  if (!match) return undefined;
  const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
  const value = Number(match[1]) * unitMs;
  return value <= 24 * 3_600_000 ? value : undefined;
}

function boolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function listenAddress(text: string): string | undefined {
  if (text === '0') return text;
  const port = /^(?:[a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\]):([0-9]{1,5})$/.exec(text)?.[1];
  return port !== undefined && Number(port) <= 65_535 ? text : undefined;
}

function oneOf<const Value extends string>(...values: readonly Value[]): (text: string) => Value | undefined {
  return (text) => values.find((value) => value === text);
}
