// The stub's ECR and ECR Public: GetAuthorizationToken, for who may.
import { randomUUID } from 'node:crypto';
import { canary } from './cloud-server.ts';
import type { CloudAnswer, CloudRequest } from './cloud-server.ts';
import { signerOf } from './aws-signed.ts';
import type { Problem } from './aws-signed.ts';
import type { AwsState, Grant } from './aws-state.ts';

type Service = 'ecr' | 'ecr-public';

const TARGETS: ReadonlyMap<string, Service> = new Map([
  ['AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken', 'ecr'],
  ['SpencerFrontendService.GetAuthorizationToken', 'ecr-public'],
]);
const LIFE_MS = 12 * 60 * 60 * 1000;

/** Undefined: the request is not for ECR. */
export function answerEcr(state: AwsState, request: CloudRequest): CloudAnswer | undefined {
  const target = request.headers['x-amz-target'];
  if (typeof target !== 'string') return undefined;
  const service = TARGETS.get(target);
  const problem = shapeProblem(request, service);
  if (problem) return refusal(state, problem);
  const signed = signerOf(state, request, service ?? 'ecr');
  if (!signed.ok) return refusal(state, signed.problem);
  const { grant, region } = signed;
  const denied = rightProblem(state, { grant, region, service: service ?? 'ecr' });
  return denied ? refusal(state, denied) : giveToken(state, { grant, region, service: service ?? 'ecr' });
}

interface Ask {
  readonly grant: Grant;
  readonly region: string;
  readonly service: Service;
}

function shapeProblem(
  { method, path, headers, body }: CloudRequest,
  service: Service | undefined,
): Problem | undefined {
  const isShaped = service && method === 'POST' && path === '/' && body === '{}';
  if (isShaped && headers['content-type'] === 'application/x-amz-json-1.1') return undefined;
  return { status: 400, code: 'SerializationException', message: 'The request is not as ECR takes it' };
}

function rightProblem(state: AwsState, { grant, region, service }: Ask): Problem | undefined {
  if (state.options.disabledRegions?.includes(region)) {
    return { status: 403, code: 'RegionDisabledException', message: 'Region is not enabled' };
  }
  if (grant.mayGetTokens) return undefined;
  const why = 'because no identity-based policy allows the action';
  const message = `User: ${grant.arn} is not authorized to perform: ${service}:GetAuthorizationToken on resource: * ${why}`;
  return { status: 400, code: 'AccessDeniedException', message };
}

function giveToken(state: AwsState, { grant, region, service }: Ask): CloudAnswer {
  const password = canary();
  const expiresAt = new Date(state.now().getTime() + (state.options.lifeMs ?? LIFE_MS));
  state.tokens.set(password, { expiresAt, arn: grant.arn, region });
  const data = {
    authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
    expiresAt: expiresAt.getTime() / 1000,
  };
  const account = grant.arn.split(':')[4] ?? '';
  const proxyEndpoint = `https://${account}.dkr.ecr.${region}.amazonaws.com`;
  return answer(state, 200, { authorizationData: service === 'ecr' ? [{ ...data, proxyEndpoint }] : data });
}

function refusal(state: AwsState, { status, code, message }: Problem): CloudAnswer {
  return answer(state, status, { __type: code, message });
}

function answer(state: AwsState, status: number, body: object): CloudAnswer {
  const headers = { 'content-type': 'application/x-amz-json-1.1', date: state.now().toUTCString() };
  return { status, headers: { ...headers, 'x-amzn-requestid': randomUUID() }, body };
}
