// Which Secrets this process made. A namespace may be made anew under its name while our watch still shows the former one: the
// Secret that we write then carries the former's UID in its marker, and only that we made it proves it ours.
import type { MadePort } from '../ports.ts';

/** Far more than are made while a watch lags behind. */
const REMEMBERED = 1000;

export function createMade(): MadePort {
  const uids = new Set<string>();
  return {
    has: (uid) => uids.has(uid),
    add(uid) {
      uids.add(uid);
      if (uids.size > REMEMBERED) uids.delete(uids.values().next().value ?? '');
    },
  };
}
