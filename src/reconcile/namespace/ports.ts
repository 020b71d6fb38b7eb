// What the story of one namespace asks of the outside, beside what all stories ask (../ports.ts).
import type {
  CommonPorts,
  DepartedPort,
  FailureOfNamespace,
  FightsPort,
  MadePort,
  OutcomesPort,
  Remember,
  TokenCache,
} from '../ports.ts';
import type { Drafts } from './draft.ts';

/** What the namespace story needs beside the stores. */
export interface NamespacePorts extends CommonPorts {
  readonly tokens: TokenCache;
  readonly remember: Remember;
  readonly departed: DepartedPort;
  readonly fights: FightsPort;
  readonly made: MadePort;
  readonly drafts: Drafts;
  /** By namespace UID: failed runs in a row. */
  readonly attempts: Map<string, number>;
  readonly outcomes: OutcomesPort;
  readonly countSyncError: (reason: FailureOfNamespace) => void;
  readonly countConflict: () => void;
}
