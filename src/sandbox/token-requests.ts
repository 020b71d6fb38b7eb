// The subresource `serviceaccounts/token`: signs a ServiceAccount's token by the cluster's issuer, after the checks of the real
// server (k8s.io/kubernetes/pkg/registry/core/serviceaccount/storage: TokenREST).
import { admitByPolicies, admitIntoNamespace } from './admission.ts';
import { isJson, type ApiObject, type Json } from './api-object.ts';
import type { Machinery, WriteCall } from './machinery.ts';
import { badRequest, conflict, invalid, notFound, type Cause, type Qualified } from './status.ts';

export const TOKEN_SUBRESOURCE = 'token';

/** Conflicts name the kind where others name the resource. */
const KIND: Qualified = { group: 'authentication.k8s.io', plural: 'TokenRequest', kind: 'TokenRequest' };
const SHORTEST_SECONDS = 600;
const LONGEST_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3600;

interface Asked {
  readonly uid: string | undefined;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** The TokenRequest with its status: nothing is stored. */
export function answerTokenRequest(machinery: Machinery, call: WriteCall, name: string, body: unknown): Json {
  const { store, issuer, clock } = machinery;
  admitIntoNamespace(machinery, call, name);
  const account = store.get(call.resource.plural, call.namespace, name);
  if (!account) throw notFound(call.resource, name);
  const asked = readRequest(body, issuer().url);
  admitByPolicies(machinery, { ...call, subresource: TOKEN_SUBRESOURCE }, reviewed(account, body));
  checkLife(asked);
  const { uid, namespace = '' } = account.metadata;
  if (asked.uid !== undefined && asked.uid !== uid) throw conflict(KIND, name, uidDiffers(asked.uid, uid));
  const now = clock.now();
  const { audiences, expirationSeconds } = asked;
  const token = issuer().sign({
    audience: audiences,
    namespace,
    serviceAccount: name,
    uid,
    expiresInS: expirationSeconds,
    now,
  });
  const end = new Date(Math.floor(now.getTime() / 1000 + expirationSeconds) * 1000);
  return {
    kind: KIND.kind,
    apiVersion: `${KIND.group}/v1`,
    metadata: { name, namespace, uid, creationTimestamp: rfc3339(now) },
    spec: { audiences, expirationSeconds, boundObjectRef: null },
    status: { token, expirationTimestamp: rfc3339(end) },
  };
}

function readRequest(body: unknown, ownAudience: string): Asked {
  if (!isJson(body)) throw badRequest('TokenRequest must be an object');
  const spec = isJson(body['spec']) ? body['spec'] : {};
  const metadata = isJson(body['metadata']) ? body['metadata'] : {};
  const { audiences, expirationSeconds } = spec;
  const uid = metadata['uid'];
  return {
    uid: typeof uid === 'string' && uid !== '' ? uid : undefined,
    audiences: Array.isArray(audiences) && audiences.length > 0 ? audiences.map(String) : [ownAudience],
    expirationSeconds: typeof expirationSeconds === 'number' ? expirationSeconds : DEFAULT_SECONDS,
  };
}

function checkLife({ expirationSeconds: seconds }: Asked): void {
  const why =
    seconds < SHORTEST_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : seconds > LONGEST_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (why === undefined) return;
  const field = 'spec.expirationSeconds';
  const cause: Cause = { reason: 'FieldValueInvalid', message: `Invalid value: ${seconds}: ${why}`, field };
  throw invalid(KIND, '', [cause]);
}

/** What admission sees: the request, under the name of its ServiceAccount. */
function reviewed({ metadata }: ApiObject, body: unknown): ApiObject {
  return { ...(isJson(body) ? body : {}), metadata };
}

function uidDiffers(asked: string, uid: string): string {
  return `the UID in the token request (${asked}) does not match the UID of the service account (${uid})`;
}

function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
