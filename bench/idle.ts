// An idle minute: what the operator asks of the API server when nothing happens, beside a client that renews a Lease and watches.
import { ok } from '../e2e/support/api.ts';
import { OPERATOR_NAMESPACE } from '../e2e/support/install.ts';
import { kindOf, summary } from './support/audit.ts';
import type { TimedEvent } from './support/audit.ts';
import { beginBare, followRequests, passed, withOperator } from './support/lab.ts';
import type { Lab } from './support/lab.ts';
import type { Row } from './support/table.ts';

/** The operator's watches and lists. */
export const COLLECTIONS = [
  '/apis/regcred.dev/v1alpha1/clusterregistrycredentials',
  '/apis/regcred.dev/v1alpha1/registrycredentials',
  '/api/v1/namespaces',
  '/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault',
  '/api/v1/secrets?fieldSelector=metadata.name%3Dregcred-managed',
  `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets`,
];

const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases`;
const BARE_LEASE = 'bare-client';
const QUIET_MS = 15_000; // counts in status come at most 10 s late
const ALLOWED: ReadonlySet<string> = new Set(['update leases', 'watch']);

export async function idle(lab: Lab): Promise<Row> {
  const { cluster, options, say } = lab;
  await ok(cluster.admin.post(LEASES, { metadata: { name: BARE_LEASE }, spec: {} }));
  const events = await withOperator(lab, async () => {
    say(`Watching ${options.idleSeconds} idle seconds`);
    const watches = COLLECTIONS.map((path) => `${path}${path.includes('?') ? '&' : '?'}watch=true`);
    const end = await beginBare(lab, { kind: 'idle', watches, lease: `${LEASES}/${BARE_LEASE}` });
    await passed(QUIET_MS);
    const requests = followRequests(lab);
    await passed(options.idleSeconds * 1000);
    const during = [...requests()];
    end();
    return during;
  });
  return rowOf(
    events.filter((event) => !isBare(event)),
    events.filter(isBare),
    options.idleSeconds,
  );
}

function rowOf(ours: readonly TimedEvent[], bare: readonly TimedEvent[], seconds: number): Row {
  const isMet = ours.every((event) => ALLOWED.has(kindOf(event)) || ALLOWED.has(event.verb));
  return {
    what: `${seconds} idle seconds`,
    ours: ours.length,
    bare: bare.length,
    unit: 'requests',
    target: { text: 'Lease and watches only', isMet },
    note: summary(ours),
  };
}

function isBare({ userAgent = '' }: TimedEvent): boolean {
  return userAgent.startsWith('bare-client');
}
