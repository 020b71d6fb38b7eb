// The process: hands the command line over and sets the exit code.
import { runProgram } from './cli/program.ts';
import { nameOf } from './lib/errors.ts';

process.on('unhandledRejection', (thrown) => die('unhandled rejection', thrown));
process.on('uncaughtException', (thrown) => die('uncaught exception', thrown));

const exitCode = await runProgram(process.argv);
// Whatever still holds the event loop open (a socket of a server that hangs) must not hold the process; what was written must
// be out first.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
process.exit(exitCode);

/** A value nobody caught may hold anything, also a secret: only its class or code and the place are shown. */
function die(kind: string, thrown: unknown): never {
  const place = thrown instanceof Error ? /^ +at .*$/m.exec(thrown.stack ?? '')?.[0].trim() : undefined;
  process.stderr.write(
    `regcred: ${kind} (${[nameOf(thrown), place].join(' ').trim()}); this is a bug, please report it\n`,
  );
  process.exit(1);
}
