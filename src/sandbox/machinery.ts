// What all parts of the embedded API server share: the store, the clock, and the switches a test or the demo sets.
import type { Clock } from '../lib/clock.ts';
import type { ApiObject } from './api-object.ts';
import type { Issuer } from './cloud/issuer.ts';
import type { Fence } from './fence.ts';
import type { ObjectStore } from './objects.ts';
import type { ServedResource } from './resources.ts';
import type { Cause } from './status.ts';

/** Checks objects of one kind that a CRD defines; returns the object with defaults filled in and unknown fields gone. */
export interface KindRules {
  complete(object: ApiObject): ApiObject;
  /** For strict decoding. */
  unknownFields(object: ApiObject): readonly string[];
  check(object: ApiObject, before?: ApiObject): readonly Cause[];
}

export interface Machinery {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly kindRules: ReadonlyMap<string, KindRules>;
  /** Plurals that answer "404 page not found": a CRD that is not installed. */
  readonly notServed: Set<string>;
  /** Namespace -> how many Secrets its quota allows. */
  readonly secretQuotas: Map<string, number>;
  readonly fences: Set<Fence>;
  /** Of ServiceAccount tokens; its key is made when it is first asked for. */
  readonly issuer: () => Issuer;
}

/** Who writes what where, beside the object itself. */
export interface WriteCall {
  readonly resource: ServedResource;
  readonly userName: string;
  /** The field manager: a query parameter, else the first part of the User-Agent. */
  readonly manager: string;
  readonly namespace?: string;
  readonly subresource?: string;
  readonly isDryRun: boolean;
  /** fieldValidation=Strict: unknown fields of custom kinds are refused, not dropped. */
  readonly isStrict?: boolean;
}

/** As metav1.Time is written: whole seconds. */
export function timestamp(clock: Clock): string {
  return `${clock.now().toISOString().slice(0, 19)}Z`;
}
