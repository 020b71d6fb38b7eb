// Mocha root hook: shuffles the tests of each file with TEST_SEED, so that no test can lean on the one before it.
import type { Suite } from 'mocha';

let state = Number(process.env['TEST_SEED'] ?? 1) >>> 0;

export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    let suite: Suite | undefined = this.test?.parent;
    while (suite?.parent) suite = suite.parent;
    if (suite) shuffleSuite(suite);
  },
};

function shuffleSuite(suite: Suite): void {
  shuffle(suite.tests);
  shuffle(suite.suites);
  for (const child of suite.suites) shuffleSuite(child);
}

function shuffle(list: unknown[]): void {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = Math.floor(next() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

function next(): number {
  state = (state * 1664525 + 1013904223) >>> 0;
  return state / 2 ** 32;
}
