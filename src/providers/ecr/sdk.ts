// The AWS SDK: three calls, each with a client of its own. Loaded on first use, by `await import('./sdk.ts')` alone.
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  ECRPUBLICClient,
  GetAuthorizationTokenCommand as GetPublicAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr-public';
import { fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import { sensitive } from '../../lib/sensitive.ts';
import type { Sensitive } from '../../lib/sensitive.ts';
import { onceMoreIf } from './retry.ts';
import type { RetryStrategy } from './retry.ts';
import type { SdkHandler } from './transport.ts';

/** What signs requests. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: Sensitive;
  readonly sessionToken?: Sensitive;
}

/** Where a call goes, and how. */
export interface Connection {
  readonly region: string;
  readonly endpoint: URL;
  readonly handler: SdkHandler;
  /** Our clock less the machine's: requests are signed at our time. */
  readonly clockOffsetMs: number;
  /** Whether the last answer showed that the two clocks are too far apart for signatures. */
  readonly isSkewed: () => boolean;
}

/** A role to take on. */
export interface RoleSession {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly policy?: string;
}

/** As it was answered, nothing is checked. */
export interface TokenAnswer {
  readonly authorizationToken?: unknown;
  readonly expiresAt?: unknown;
}

/** The shortest that AWS knows: a session asks for one token and is dropped. */
const SESSION_SECONDS = 900;

/** ecr:GetAuthorizationToken: `{}`, since one token is good for all registries that the identity may use. */
export async function getToken(connection: Connection, keys: Keys): Promise<TokenAnswer> {
  const client = new ECRClient({ ...configOf(connection), credentials: identityOf(keys) });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  return authorizationData?.[0] ?? {};
}

/** ecr-public:GetAuthorizationToken. */
export async function getPublicToken(connection: Connection, keys: Keys): Promise<TokenAnswer> {
  const client = new ECRPUBLICClient({ ...configOf(connection), credentials: identityOf(keys) });
  const { authorizationData } = await client.send(new GetPublicAuthorizationTokenCommand({}));
  return authorizationData ?? {};
}

/** sts:AssumeRoleWithWebIdentity: unsigned, the token is the proof. */
export async function assumeWithWebIdentity(
  connection: Connection,
  token: Sensitive,
  { roleArn, sessionName, policy }: RoleSession,
): Promise<Keys> {
  const identity = await fromWebToken({
    roleArn,
    roleSessionName: sessionName,
    webIdentityToken: token.reveal(),
    durationSeconds: SESSION_SECONDS,
    clientConfig: configOf(connection),
    ...(policy !== undefined && { policy }),
  })();
  return keysOf(identity);
}

/** sts:AssumeRole, signed by `keys`. Both are always passed: without them the SDK takes whatever the process has. */
export async function assumeRole(
  connection: Connection,
  keys: Keys,
  { roleArn, sessionName, policy, externalId }: RoleSession & { readonly externalId?: string },
): Promise<Keys> {
  const identity = await fromTemporaryCredentials({
    masterCredentials: identityOf(keys),
    params: {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId !== undefined && { ExternalId: externalId }),
      ...(policy !== undefined && { Policy: policy }),
    },
    clientConfig: configOf(connection),
  })();
  return keysOf(identity);
}

/** Everything that the SDK would look up in the environment or in files is given here. */
function configOf({ region, endpoint, handler, clockOffsetMs, isSkewed }: Connection): ClientConfig {
  return {
    region,
    endpoint: endpoint.href,
    requestHandler: handler,
    systemClockOffset: clockOffsetMs,
    maxAttempts: 2,
    retryStrategy: onceMoreIf(isSkewed),
    retryMode: 'standard',
    defaultsMode: 'standard',
    useFipsEndpoint: false, // the endpoint says it
    useDualstackEndpoint: false,
    userAgentAppId: 'regcred-operator',
    authSchemePreference: ['aws.auth#sigv4'],
  };
}

interface ClientConfig {
  readonly region: string;
  readonly endpoint: string;
  readonly requestHandler: SdkHandler;
  readonly systemClockOffset: number;
  readonly maxAttempts: number;
  readonly retryStrategy: RetryStrategy;
  readonly retryMode: 'standard';
  readonly defaultsMode: 'standard';
  readonly useFipsEndpoint: boolean;
  readonly useDualstackEndpoint: boolean;
  readonly userAgentAppId: string;
  readonly authSchemePreference: string[];
}

interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function identityOf({ accessKeyId, secretAccessKey, sessionToken }: Keys): Identity {
  const secret = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
  return sessionToken ? { ...secret, sessionToken: sessionToken.reveal() } : secret;
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Identity): Keys {
  const keys = { accessKeyId, secretAccessKey: sensitive(secretAccessKey) };
  return sessionToken === undefined ? keys : { ...keys, sessionToken: sensitive(sessionToken) };
}
