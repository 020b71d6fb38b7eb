// The default install's ValidatingAdmissionPolicies as data: four policies around one user, each a list of rules with the
// message a refusal carries. The real ones are manifests; both are held to the same cases.
import { isDeepStrictEqual } from 'node:util';

import { ANNOTATION, DOCKER_CONFIG_TYPE, STORED_TOKEN_TYPE } from '../api/names.ts';
import type { ApiObject } from './api-object.ts';

/** Whom the fence is around, and what the install permits. */
export interface Fence {
  readonly userName: string;
  readonly operatorNamespace: string;
  /** '*' permits every name. */
  readonly secretNames: readonly string[];
  readonly serviceAccountNames: readonly string[];
}

/** A write as admission sees it; `before` is absent on CREATE. */
export interface AdmissionReview {
  readonly userName: string;
  readonly plural: string;
  readonly object: ApiObject;
  readonly before?: ApiObject;
}

interface Policy {
  readonly name: string;
  matches(review: AdmissionReview, fence: Fence): boolean;
  readonly rules: readonly PolicyRule[];
}

interface PolicyRule {
  readonly message: string;
  allows(review: AdmissionReview, fence: Fence): boolean;
}

const isHome = ({ object }: AdmissionReview, fence: Fence): boolean =>
  object.metadata.namespace === fence.operatorNamespace;

export const FENCE_POLICIES: readonly Policy[] = [
  {
    name: 'regcred-operator-pull-secrets',
    matches: (review, fence) => review.plural === 'secrets' && !isHome(review, fence),
    rules: [
      {
        message: `only Secrets of type ${DOCKER_CONFIG_TYPE}`,
        allows: ({ object }) => object['type'] === DOCKER_CONFIG_TYPE,
      },
      {
        message: 'only Secrets with a permitted name',
        allows: ({ object }, { secretNames }) => permits(secretNames, object.metadata.name),
      },
      {
        message: `only Secrets that carry ${ANNOTATION.managed}`,
        allows: ({ object, before }) => isMarked(object) || isMarked(before),
      },
    ],
  },
  {
    name: 'regcred-operator-home-secrets',
    matches: (review, fence) => review.plural === 'secrets' && isHome(review, fence),
    rules: [
      {
        message: `only Secrets of type ${DOCKER_CONFIG_TYPE} or ${STORED_TOKEN_TYPE}`,
        allows: ({ object }) => [DOCKER_CONFIG_TYPE, STORED_TOKEN_TYPE].includes(String(object['type'])),
      },
    ],
  },
  {
    name: 'regcred-operator-service-accounts',
    matches: ({ plural }) => plural === 'serviceaccounts',
    rules: [
      {
        message: `only imagePullSecrets and ${ANNOTATION.pullSecrets} may change`,
        allows: ({ object, before }) => before !== undefined && isDeepStrictEqual(fixedPart(object), fixedPart(before)),
      },
      {
        message: 'only ServiceAccounts with a permitted name',
        allows: ({ object }, { serviceAccountNames }) => permits(serviceAccountNames, object.metadata.name),
      },
    ],
  },
];

/** The first rule that refuses, with its policy's name. */
export function fenceRefusal(fence: Fence, review: AdmissionReview): { policy: string; message: string } | undefined {
  if (review.userName !== fence.userName) return undefined;
  for (const policy of FENCE_POLICIES.filter((one) => one.matches(review, fence))) {
    const refused = policy.rules.find((rule) => !rule.allows(review, fence));
    if (refused) return { policy: policy.name, message: refused.message };
  }
  return undefined;
}

function permits(names: readonly string[], name: string): boolean {
  return names.includes('*') || names.includes(name);
}

function isMarked(object: ApiObject | undefined): boolean {
  return object?.metadata.annotations?.[ANNOTATION.managed] !== undefined;
}

// All that the operator has no business with; the server's own bookkeeping is left out.
function fixedPart({ metadata, imagePullSecrets: _entries, ...fields }: ApiObject): unknown {
  const { [ANNOTATION.pullSecrets]: _ours, ...annotations } = metadata.annotations ?? {};
  const { labels = {}, finalizers = [], ownerReferences = [] } = metadata;
  return { ...fields, labels, finalizers, ownerReferences, annotations };
}
