// A process of its own that makes one call by the guarded client: URL, then names of files with CAs of the configuration. It prints
// the status, or the code of what went wrong.
import { readFileSync } from 'node:fs';
import { networksOf } from '../../src/lib/addresses.ts';
import { createGuardedClient } from '../../src/lib/http.ts';
import { causeOf } from '../../src/lib/token-call.ts';

const [url = '', ...files] = process.argv.slice(2);
const client = createGuardedClient({
  reach: 'provider',
  allowedNetworks: networksOf(['127.0.0.0/8', '::1/128']),
  extraCas: files.map((file) => readFileSync(file, 'utf8')),
  environment: process.env,
});
const said = await client.fetch(url).then(
  ({ status }) => String(status),
  (error: unknown) => causeOf(error).cause,
);
process.stdout.write(said);
await client.close();
