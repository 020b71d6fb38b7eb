// What `npm run bench -- FLAGS` may say: how many namespaces, which parts, and whether to try or to measure.
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };

/** The parts, in the order in which they run. */
export const PARTS = ['start-up', 'ecr', 'fan-out', 'rotation', 'new-namespace', 'idle', 'large'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  /** All namespaces of the last part. */
  readonly namespaces: number;
  /** Namespaces of one fan-out or rotation. */
  readonly group: number;
  /** Rounds of each side; the median of their ratios counts. */
  readonly rounds: number;
  /** Namespaces made one after another for the latency. */
  readonly newNamespaces: number;
  readonly idleSeconds: number;
  readonly parts: ReadonlySet<Part>;
  /** Writes CPU profiles of the operator into this folder; they cost a little speed. */
  readonly profileFolder: string | undefined;
  /** Node's own flags for the operator. */
  readonly nodeFlags: readonly string[];
}

export const USAGE = `npm run bench -- [--namespaces N] [--rounds N] [--only PART,...] [--profile FOLDER]
             [--node-flags="FLAG ..."] [--quick]
  parts: ${PARTS.join(', ')}
  --quick: groups of 100 and 1000 namespaces, for trying; its numbers mean little`;

const FLAGS = {
  namespaces: { type: 'string' },
  rounds: { type: 'string' },
  only: { type: 'string' },
  profile: { type: 'string' },
  'node-flags': { type: 'string' },
  quick: { type: 'boolean' },
} as const;

/** Throws on what it does not know. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  const quick = values.quick ?? false;
  return {
    namespaces: numberOf('--namespaces', values.namespaces ?? (quick ? '1000' : '10000')),
    group: quick ? 100 : 1000,
    rounds: numberOf('--rounds', values.rounds ?? (quick ? '1' : '5')),
    newNamespaces: quick ? 20 : 50,
    idleSeconds: quick ? 10 : 60,
    parts: new Set(values.only?.split(',').map(partOf) ?? PARTS),
    profileFolder: values.profile,
    nodeFlags: values['node-flags']?.split(' ') ?? shippedFlags(),
  };
}

/** Those of `npm start`. */
function shippedFlags(): readonly string[] {
  return packageJson.scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

function numberOf(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${flag} "${text}" is no positive number`);
  return number;
}

function partOf(text: string): Part {
  const part = PARTS.find((one) => one === text);
  if (part === undefined) throw new Error(`--only "${text}" is no part; there are ${PARTS.join(', ')}`);
  return part;
}
