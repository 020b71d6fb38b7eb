// The table of what the embedded API server serves, with the few traits in which the kinds differ.
import { RESOURCE, type Resource } from '../api/names.ts';

export interface ServedResource extends Resource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Fields beside metadata that are kept; others are dropped, as decoding into a Go struct does. '*' keeps all. */
  readonly fields: readonly string[] | '*';
  readonly hasStatus: boolean;
  /** Has the subresource `token`. */
  readonly hasToken: boolean;
  /** PUT without resourceVersion overwrites (AllowUnconditionalUpdate of the kind's strategy). */
  readonly unconditionalUpdate: boolean;
  /** PUT of an absent object creates it (AllowCreateOnUpdate). */
  readonly createOnUpdate: boolean;
  /** Defined by a CRD. */
  readonly custom: boolean;
}

const core = {
  categories: [],
  hasStatus: false,
  hasToken: false,
  unconditionalUpdate: true,
  createOnUpdate: false,
  custom: false,
} as const;
const eventFields = ['eventTime', 'series', 'reportingController', 'reportingInstance', 'action', 'reason'];
const moreEventFields = ['regarding', 'related', 'note', 'type', 'deprecatedSource', 'deprecatedCount'];
const custom = {
  categories: ['regcreds'],
  fields: '*',
  hasStatus: true,
  hasToken: false,
  unconditionalUpdate: false,
  createOnUpdate: false,
  custom: true,
} as const;

export const POLICIES: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
};
export const BINDINGS: Resource = {
  ...POLICIES,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
};

export const SERVED: readonly ServedResource[] = [
  {
    ...RESOURCE.namespaces,
    ...core,
    singular: 'namespace',
    shortNames: ['ns'],
    fields: ['spec', 'status'],
    hasStatus: true,
  },
  {
    ...RESOURCE.secrets,
    ...core,
    singular: 'secret',
    shortNames: [],
    fields: ['type', 'data', 'stringData', 'immutable'],
  },
  {
    ...RESOURCE.serviceAccounts,
    ...core,
    singular: 'serviceaccount',
    shortNames: ['sa'],
    hasToken: true,
    fields: ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'],
  },
  {
    ...RESOURCE.events,
    ...core,
    singular: 'event',
    shortNames: ['ev'],
    fields: [...eventFields, ...moreEventFields],
    createOnUpdate: true,
  },
  {
    ...RESOURCE.leases,
    ...core,
    singular: 'lease',
    shortNames: [],
    fields: ['spec'],
    unconditionalUpdate: false,
    createOnUpdate: true,
  },
  { ...POLICIES, ...core, singular: 'validatingadmissionpolicy', shortNames: [], fields: ['spec'] },
  { ...BINDINGS, ...core, singular: 'validatingadmissionpolicybinding', shortNames: [], fields: ['spec'] },
  { ...RESOURCE.registryCredentials, ...custom, singular: 'registrycredential', shortNames: ['regcred'] },
  {
    ...RESOURCE.clusterRegistryCredentials,
    ...custom,
    singular: 'clusterregistrycredential',
    shortNames: ['cregcred'],
  },
];

export function findServed(group: string, version: string, plural: string): ServedResource | undefined {
  return SERVED.find((one) => one.group === group && one.version === version && one.plural === plural);
}

/** The entry of a resource that is known to be in the table. */
export function servedResource({ group, version, plural }: Resource): ServedResource {
  const found = findServed(group, version, plural);
  if (!found) throw new Error(`Cannot serve "${plural}": it is not in the table of resources`);
  return found;
}

/** "v1", "regcred.dev/v1alpha1": what an object's apiVersion holds. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}
