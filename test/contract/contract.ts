// The contract suite: what the embedded API server claims, run on it and on a real kube-apiserver 1.36 alike. What is not
// here, the embedded one does not do.
import { describeAccess } from './access.ts';
import { describeCustomResources } from './custom-resources.ts';
import { describeDiscovery } from './discovery.ts';
import { describeFence } from './fence.ts';
import { newFixture, type ContractCluster, type Fixture } from './fixture.ts';
import { describeLeasesAndEvents } from './leases-and-events.ts';
import { describeLists } from './lists.ts';
import { describeNamespaces } from './namespaces.ts';
import { describeOfficialClient } from './official-client.ts';
import { describeSecrets } from './secrets.ts';
import { describeServiceAccounts } from './service-accounts.ts';
import { describeTokens } from './tokens.ts';
import { describeUpdates } from './updates.ts';
import { describeWatches } from './watches.ts';

export type { ContractCluster, ContractRule, ContractUser } from './fixture.ts';

/** The server must have the two custom kinds, and controllers that make "default" ServiceAccounts and end namespaces. */
export function describeApiServerContract(name: string, open: () => Promise<ContractCluster>): void {
  describe(`The API server contract: ${name}`, () => {
    let opened: Fixture | undefined;
    before(async () => {
      opened = await newFixture(open);
    });
    after(() => opened?.close());
    const fixture = (): Fixture => {
      if (!opened) throw new Error('The cluster is not open yet');
      return opened;
    };
    describeDiscovery(fixture);
    describeSecrets(fixture);
    describeUpdates(fixture);
    describeServiceAccounts(fixture);
    describeTokens(fixture);
    describeNamespaces(fixture);
    describeLists(fixture);
    describeWatches(fixture);
    describeAccess(fixture);
    describeCustomResources(fixture);
    describeLeasesAndEvents(fixture);
    describeFence(fixture);
    describeOfficialClient(fixture);
  });
}
