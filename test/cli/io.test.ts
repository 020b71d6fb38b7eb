import assert from 'node:assert/strict';
import { processIo } from '../../src/cli/io.ts';

// Output, signals and closed pipes are tried on a real process, in test/main.test.ts.
describe('io', () => {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  after(() => {
    for (const signal of signals) {
      for (const ours of process.listeners(signal)) {
        if (!before.get(signal)?.includes(ours)) process.off(signal, ours);
      }
    }
  });

  it('asks nobody where no terminal is', () => {
    const { isInteractive } = processIo();

    assert.equal(isInteractive, process.stdin.isTTY && process.stdout.isTTY);
  });

  it('is stopped by one signal for all who ask', () => {
    const io = processIo();
    const count = process.listenerCount('SIGTERM');

    const [one, other] = [io.stopSignal(), io.stopSignal()];

    assert.ok(process.listenerCount('SIGTERM') <= count + 1);
    assert.equal(one.aborted || other.aborted, false);
  });
});
