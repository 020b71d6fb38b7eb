// The story of one namespace: which pull Secrets it should hold, what is there, and the writes that make up the difference.
import type { Result, RunContext } from '../../controller/result.ts';
import { converge } from './converge.ts';
import type { Converged } from './converge.ts';
import { outcomesFor } from './outcome.ts';
import type { NamespacePorts } from './ports.ts';
import { nextRun } from './retry.ts';
import { situationOf } from './situation.ts';

/** Makes one namespace right. */
export async function reconcileNamespace(name: string, ports: NamespacePorts, context: RunContext): Promise<Result> {
  const namespace = ports.stores.namespaces.get(name);
  if (!namespace || namespace.terminating) return forgetNamespace(name, ports);

  const gather = () => situationOf(namespace, ports, context); // from the stores: no API calls, but for who departed
  const converged = await converge(gather, ports, context); // desired, plan, apply, until nothing is left to do
  if (converged.namespaceGone) return forgetNamespace(name, ports);
  ports.outcomes.record(namespace, outcomesFor(converged));
  logFailures(name, converged, ports);
  return nextRun(namespace.uid, converged, ports);
}

function forgetNamespace(name: string, { outcomes }: NamespacePorts): Result {
  outcomes.forget(name);
  return {};
}

function logFailures(namespace: string, { failures }: Converged, { logger, countSyncError }: NamespacePorts): void {
  for (const { reason, message } of failures) {
    countSyncError(reason);
    logger.warn('Cannot sync namespace', { namespace, reason, detail: message });
  }
}
