// A skipped test says why: the reason becomes a part of its title, which is what the reporter prints.

/** Ends the test, or in a hook all tests of its suite. */
export function skipBecause(context: Mocha.Context, reason: string): never {
  const { test } = context;
  const isHook = test !== undefined && 'type' in test && test.type === 'hook';
  const named = isHook ? test.parent : test;
  if (named) named.title += ` (skipped: ${reason})`;
  return context.skip();
}
