// A server that knows one Lease, for tests of the election: the port's conflicts and faults, nothing else.
import { KubeError } from '../../src/kube/client.ts';
import type { CallOptions, KubeClient, KubeErrorKind, KubeObject, ObjectRef } from '../../src/kube/client.ts';
import type { Resource } from '../../src/api/names.ts';

export type LeaseVerb = 'get' | 'create' | 'update';
export type LeaseClient = Pick<KubeClient, 'get' | 'create' | 'replace'>;
/** Called before a verb is done; what it throws is the answer. `who` is the client's name. */
export type Fault = (verb: LeaseVerb, who: string) => Promise<void> | void;

export class LeaseServer {
  lease: KubeObject | undefined;
  fault: Fault = () => undefined;
  readonly calls: string[] = [];
  #version = 1;

  client(who: string): LeaseClient {
    return {
      get: (_ref, options) => this.#do('get', who, options, () => this.#found()),
      create: (_resource: Resource, _namespace, body, options) =>
        this.#do('create', who, options, () => {
          if (this.lease) throw leaseError('AlreadyExists', 'create', 409);
          return this.#store(body as KubeObject);
        }),
      replace: (_ref: ObjectRef, body, options) =>
        this.#do('update', who, options, () => {
          const isStale = (body as KubeObject).metadata.resourceVersion !== this.#found().metadata.resourceVersion;
          if (isStale) throw leaseError('Conflict', 'update', 409);
          return this.#store(body as KubeObject);
        }),
    };
  }

  get spec(): Readonly<Record<string, unknown>> {
    return (this.lease?.['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  }

  /** What kubectl edit does. */
  edit(spec: object): void {
    this.#store({ ...this.#found(), spec: { ...this.spec, ...spec } });
  }

  async #do(
    verb: LeaseVerb,
    who: string,
    options: CallOptions | undefined,
    act: () => KubeObject,
  ): Promise<KubeObject> {
    this.calls.push(`${who} ${verb}`);
    await this.fault(verb, who);
    if (options?.signal?.aborted) throw leaseError('Aborted', verb, 0);
    return act();
  }

  #found(): KubeObject {
    if (!this.lease) throw leaseError('NotFound', 'get', 404);
    return this.lease;
  }

  #store(body: KubeObject): KubeObject {
    const metadata = { ...body.metadata, uid: 'u1', resourceVersion: String(this.#version++) };
    this.lease = structuredClone({ ...body, metadata });
    return structuredClone(this.lease);
  }
}

export function leaseError(kind: KubeErrorKind, verb: LeaseVerb, status: number): KubeError {
  return new KubeError({ kind, status, request: `${verb} leases "regcred-operator" in namespace "regcred-system"` });
}
