// The bare client's own process, so that neither side shares an event loop with the measuring: one job, one answer, the end.
import { readFileSync } from 'node:fs';
import { CONNECTIONS, openWire } from './wire.ts';
import type { Wire, WireAccess, WireRequest } from './wire.ts';

/** What the bare client is asked to do. */
export type BareJob =
  /** Each chain in its order, 16 chains at once. */
  | { readonly kind: 'write'; readonly chains: readonly (readonly WireRequest[])[] }
  /** Whole lists in pages, nothing kept: the floor of a restart and of memory. */
  | { readonly kind: 'list'; readonly paths: readonly string[] }
  /** Watches and a Lease, as the operator holds them in quiet times; until the process is ended. */
  | { readonly kind: 'idle'; readonly watches: readonly string[]; readonly lease: string }
  /** Reacts to new namespaces by a Secret and an entry; until the process is ended. */
  | {
      readonly kind: 'react';
      readonly prefix: string;
      readonly secret: string;
      readonly entry: string;
      readonly namespaceVersion: string;
      readonly accountVersion: string;
    };

export interface BareAnswer {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export interface BareTask {
  readonly access: WireAccess;
  readonly job: BareJob;
}

const RENEW_MS = 2000;
export const MERGE_PATCH = 'application/merge-patch+json';
export const JSON_TYPE = 'application/json';

async function perform({ access, job }: BareTask): Promise<BareAnswer> {
  const wire = openWire(access);
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  await run(wire, job);
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: (performance.now() - startedMs) / 1000,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: residentBytes(),
  };
}

function run(wire: Wire, job: BareJob): Promise<void> {
  switch (job.kind) {
    case 'write':
      return writeAll(wire, job.chains);
    case 'list':
      return listAll(wire, job.paths);
    case 'idle':
      return idle(wire, job);
    case 'react':
      return react(wire, job);
  }
}

async function writeAll(wire: Wire, chains: readonly (readonly WireRequest[])[]): Promise<void> {
  const rest = chains.values();
  const work = async (): Promise<void> => {
    for (const chain of rest) for (const request of chain) await wire.send(request);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}

async function listAll(wire: Wire, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for (let next = ''; ;) {
      const body = await wire.send({ method: 'GET', path: `${path}${path.includes('?') ? '&' : '?'}limit=500${next}` });
      const { metadata } = JSON.parse(body.toString('utf8')) as { metadata: { continue?: string } };
      if (!metadata.continue) break;
      next = `&continue=${encodeURIComponent(metadata.continue)}`;
    }
  }
}

async function idle(wire: Wire, { watches, lease }: Extract<BareJob, { kind: 'idle' }>): Promise<void> {
  for (const path of watches) await wire.watch(path, () => undefined);
  let held = await wire.send({ method: 'GET', path: lease });
  for (;;) {
    held = await wire.send({ method: 'PUT', path: lease, contentType: JSON_TYPE, body: held.toString('utf8') });
    await new Promise((resolve) => setTimeout(resolve, RENEW_MS));
  }
}

/** The least that does the job: the Secret on the namespace's event, the entry once both Secret and ServiceAccount are there. */
async function react(wire: Wire, job: Extract<BareJob, { kind: 'react' }>): Promise<void> {
  const written = new Map<string, Promise<unknown>>();
  const isOurs = (name: string | undefined): name is string => name?.startsWith(job.prefix) === true;
  const namespaces = `/api/v1/namespaces?watch=true&resourceVersion=${job.namespaceVersion}`;
  const accounts = `/api/v1/serviceaccounts?watch=true&fieldSelector=metadata.name%3Ddefault&resourceVersion=${job.accountVersion}`;
  await wire.watch(namespaces, ({ type, object: { metadata } }) => {
    if (type !== 'ADDED' || !isOurs(metadata.name)) return;
    const path = `/api/v1/namespaces/${metadata.name}/secrets?fieldManager=regcred-operator`;
    const body = job.secret.replaceAll('NAMESPACE_UID', metadata.uid);
    written.set(metadata.name, wire.send({ method: 'POST', path, contentType: JSON_TYPE, body }));
  });
  await wire.watch(accounts, ({ type, object: { metadata } }) => {
    if (type !== 'ADDED' || !isOurs(metadata.namespace)) return;
    const { namespace, uid, resourceVersion } = metadata;
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default?fieldManager=regcred-operator`;
    const body = job.entry.replace('ACCOUNT_UID', uid).replace('ACCOUNT_VERSION', resourceVersion);
    void written.get(namespace)?.then(() => wire.send({ method: 'PATCH', path, contentType: MERGE_PATCH, body }));
  });
  process.send?.('ready');
  await new Promise(() => undefined);
}

/** VmRSS, as it is asked of the operator. */
function residentBytes(): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

if (import.meta.main) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (task) => {
    void perform(task as BareTask).then(
      (answer) => process.send?.(answer),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
