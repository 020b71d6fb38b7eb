// Who signed a request, or AWS's refusal of the signature.
import type { CloudRequest } from './cloud-server.ts';
import type { AwsState, Grant } from './aws-state.ts';
import { isSignedBy, readSignature, signedAt } from './sigv4.ts';
import type { Signature } from './sigv4.ts';

/** A refusal before it is put in the words of a service: JSON or XML. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export type Signed =
  | { readonly ok: true; readonly grant: Grant; readonly region: string }
  | { readonly ok: false; readonly problem: Problem };

const LONGEST_SKEW_MS = 5 * 60 * 1000;

export function signerOf(state: AwsState, request: CloudRequest, service: string): Signed {
  const signature = readSignature(request);
  if (!signature) return refuse('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  if (signature.service !== service)
    return refuse('InvalidSignatureException', 'Credential should be scoped to correct service');
  const grant = state.grants.get(signature.accessKeyId);
  if (!grant || grant.sessionToken !== signature.sessionToken) {
    return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const problem = timeProblem(state, signature) ?? proofProblem(grant, request, signature) ?? endProblem(state, grant);
  return problem ? { ok: false, problem } : { ok: true, grant, region: signature.region };
}

function timeProblem(state: AwsState, signature: Signature): Problem | undefined {
  const skewMs = signedAt(signature).getTime() - state.now().getTime();
  if (Math.abs(skewMs) <= LONGEST_SKEW_MS) return undefined;
  const what = skewMs < 0 ? 'Signature expired' : 'Signature not yet current';
  return { status: 400, code: 'InvalidSignatureException', message: `${what}: ${signature.time} is not near now` };
}

function proofProblem(grant: Grant, request: CloudRequest, signature: Signature): Problem | undefined {
  if (isSignedBy(grant.secretAccessKey, request, signature)) return undefined;
  const message = 'The request signature we calculated does not match the signature you provided.';
  return { status: 400, code: 'InvalidSignatureException', message };
}

function endProblem(state: AwsState, { expiresAt }: Grant): Problem | undefined {
  if (!expiresAt || expiresAt > state.now()) return undefined;
  const message = 'The security token included in the request is expired';
  return { status: 400, code: 'ExpiredTokenException', message };
}

function refuse(code: string, message: string, status = 400): Signed {
  return { ok: false, problem: { status, code, message } };
}
