// The providers that this operator has.
import { acr } from './acr/index.ts';
import { ecr } from './ecr/index.ts';
import { gar } from './gar/index.ts';
import { icr } from './icr.ts';
import { ocir } from './ocir/index.ts';
import type { ProviderRegistry } from './provider.ts';
import { staticProvider } from './static.ts';

export const providers: ProviderRegistry = { ecr, gar, acr, icr, ocir, static: staticProvider };
