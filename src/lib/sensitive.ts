// Secret text as a type of its own: it prints as "[redacted]" everywhere, until reveal() is called, and the log knows it even then.
import { inspect } from 'node:util';
import { markSecret } from './live-secrets.ts';

/** Prints as "[redacted]"; reveal() is called where the text is really needed. */
export interface Sensitive {
  reveal(): string;
}

const REDACTED = '[redacted]';

class SensitiveText implements Sensitive {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
    markSecret(this, text);
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return REDACTED;
  }
  toJSON(): string {
    return REDACTED;
  }
  [inspect.custom](): string {
    return REDACTED;
  }
}

export function sensitive(text: string): Sensitive {
  return new SensitiveText(text);
}
