// The providers that this operator has.
import { ecr } from './ecr/index.ts';
import { gar } from './gar/index.ts';
import type { ProviderRegistry } from './provider.ts';
import { staticProvider } from './static.ts';

export const providers: ProviderRegistry = { ecr, gar, static: staticProvider };
