// Pure: reads `WWW-Authenticate` (RFC 9110, section 11.6.1): several challenges may stand in one header or in several, schemes
// and names in any case, values quoted or not, commas inside quotes.

export interface Challenge {
  /** Lower case: "basic", "bearer". */
  readonly scheme: string;
  /** Names in lower case; the first of equal ones counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A longer header is no challenge: parsing stays bounded. */
const LONGEST = 16 * 1024;

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const SPACES = /[ \t]*/y;

/** Empty where nothing can be read. */
export function parseChallenges(header: string): readonly Challenge[] {
  if (header.length > LONGEST) return [];
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const reader = createReader(header);
  while (!reader.atEnd()) {
    reader.skipSeparators();
    const word = reader.token();
    if (word === undefined) return challenges; // what follows can not be read; what came before counts
    const value = challenges.length > 0 ? reader.value() : undefined;
    const current = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
    else if (current && !current.parameters.has(word.toLowerCase())) current.parameters.set(word.toLowerCase(), value);
  }
  return challenges;
}

/** Bearer before Basic: a registry that offers both checks the scope with Bearer. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const usable = challenges.filter(
    ({ scheme, parameters }) => scheme === 'basic' || (scheme === 'bearer' && parameters.has('realm')),
  );
  return usable.find(({ scheme }) => scheme === 'bearer') ?? usable[0];
}

function createReader(text: string) {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  return {
    atEnd: () => at >= text.length,
    skipSeparators: () => void take(/[ \t,]*/y),
    token: () => take(TOKEN),
    /** `= value` after a name; undefined: the word was a scheme. */
    value(): string | undefined {
      const before = at;
      take(SPACES);
      if (take(/=/y) === undefined) {
        at = before;
        return undefined;
      }
      take(SPACES);
      const quoted = take(/"(?:[^"\\]|\\.)*"/y);
      return quoted === undefined ? (take(/[^ \t,]*/y) ?? '') : quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    },
  };
}
