// One way to log in to a cloud, as a journey plays it.
import type { SkyOptions } from '../../support/sky.ts';

export interface Given<Cloud> {
  readonly cloud: Cloud;
  /** Name of the Secret that holds `secret`. */
  readonly secret: string;
  /** Name of the ServiceAccount of a tenant. */
  readonly serviceAccount: string;
}

export interface Mode<Cloud> extends SkyOptions {
  readonly title: string;
  /** Where the credential lives: a tenant's has a ServiceAccount, and the operator's consent. */
  readonly kind: 'cluster' | 'tenant';
  readonly prefix: string;
  readonly provider: (given: Given<Cloud>) => object;
  /** What the input Secret holds. */
  readonly secret?: (cloud: Cloud) => Readonly<Record<string, string>>;
  /** Of the ServiceAccount. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Requests of one issue, metadata and hops included. */
  readonly calls: number;
  readonly verified?: 'PullProven';
}
