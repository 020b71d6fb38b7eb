// The command line: names, options and help of every command. The only file that knows commander; a command's own code is
// loaded when it is called, so that --help stays fast.
import { basename } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { environmentName, options as runOptions } from '../config.ts';
import type { OptionName } from '../config.ts';
import { EXIT, processIo } from './io.ts';
import type { Io } from './io.ts';

/** What the command line gave: text for an option with a value, true for a flag. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

type CommandRun = (flags: Flags, io: Io) => Promise<number>;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** What --help adds below the options. */
  readonly notes: string;
  readonly options: readonly Option[];
  readonly load: () => Promise<CommandRun>;
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'run the operator',
    notes: 'Each option is also read from the environment; the option wins.',
    options: (Object.keys(runOptions) as OptionName[]).map((name) => configOption(name)),
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'demo',
    summary: 'show the whole story in this process: no cluster, no Docker, under a minute',
    notes: 'Starts an API server and a registry of its own, on the loopback address, and ends them again.',
    options: [],
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'status',
    summary: 'show credentials, expiry, namespaces and failures',
    notes: 'Exit code: 0 all is fine, 1 something needs action, 2 could not tell.',
    options: [
      configOption('kubeconfig'),
      configOption('namespace'),
      new Option('-n, --tenant <NAMESPACE>', 'only the credentials of this namespace'),
      new Option('-o, --output <FORMAT>', 'table or json').choices(['table', 'json']).default('table'),
    ],
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'cleanup',
    summary: 'remove everything the operator ever wrote, and nothing else',
    notes:
      'Removes what the markers prove: entries in ServiceAccounts, then Secrets. From adopted Secrets only our hosts leave.\n' +
      'Shows what it would do, and asks. Stopped half-way, run it again: it goes on where it ended.\n' +
      'Exit code: 0 nothing of ours is left, 1 something is, 2 could not start.',
    options: [
      configOption('kubeconfig'),
      configOption('namespace'),
      configOption('secretNames'),
      configOption('serviceAccountNames'),
      new Option('--dry-run', 'show what would be removed, and end'),
      new Option('--yes', 'do not ask'),
      new Option('--force', 'also while an operator runs (it would write everything again)'),
    ],
    load: async () => (await import('./cleanup.ts')).cleanup,
  },
];

/** Runs one command line; answers the exit code. `argv` as in process.argv. */
export async function runProgram(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let code: number = EXIT.ok;
  const program = baseCommand(new Command(nameFrom(argv[1])), io)
    .description('Keeps registry pull Secrets alive in every namespace of a Kubernetes cluster')
    .helpCommand('help [command]', 'show the help of a command');
  for (const entry of commands) {
    const command = baseCommand(program.command(entry.name), io)
      .description(entry.summary)
      .addHelpText('after', `\n${entry.notes}`)
      .action(async () => {
        const run = await entry.load();
        code = await run(command.opts(), io);
      });
    for (const option of entry.options) command.addOption(option);
  }
  try {
    await program.parseAsync(asked(argv.slice(2)), { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

/** No words at all and `help COMMAND` ask for help, as with kubectl. */
function asked(words: readonly string[]): string[] {
  if (words.length === 0) return ['--help'];
  if (words[0] !== 'help') return [...words];
  const isKnown = words.length === 1 || commands.some(({ name }) => name === words[1]);
  return isKnown ? [...words.slice(1), '--help'] : words.slice(1);
}

/** Name, version, one-line mistakes: the same for the program and each command. */
function baseCommand(command: Command, io: Io): Command {
  const name = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  return command
    .version(`regcred ${packageJson.version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => write(oneLine(text, name)),
    });
}

function oneLine(text: string, name: string): string {
  const mistake = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return `${name}: ${mistake}; see "${name} --help"\n`;
}

/** kubectl runs plug-ins by a file name of their own; help should repeat what was typed. */
function nameFrom(file: string | undefined): string {
  return basename(file ?? '').startsWith('kubectl-') ? 'kubectl regcred' : 'regcred';
}

/** An option of `run`, with its default and its variable in the help. Neither is applied here: readConfig() does that. */
function configOption(name: OptionName): Option {
  const { flag, placeholder, default: fallback, help } = runOptions[name];
  const facts = [...(fallback === '' ? [] : [`default: ${fallback}`]), `env: ${environmentName(flag)}`];
  return new Option(`${flag} <${placeholder}>`, `${help} (${facts.join(', ')})`);
}
