// How the clouds' registries differ from plain distribution: the challenge, where tokens are given, the words of a refusal.

/** Registries that the sandbox's can pass for. */
export type Imitated = 'ecr' | 'gar' | 'acr' | 'icr' | 'ocir';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message?: string;
}

export interface Dialect {
  readonly auth: 'Basic' | 'Bearer';
  readonly tokenPath: string;
  /** `repository` is absent for a bare /v2/. */
  challenge(origin: string, repository: string | undefined): string;
  /** A user name or a password that is not known. */
  readonly wrongLogin: Refusal;
  /** A good login without a right on the repository. */
  readonly denied: Refusal;
  /** Whether the token endpoint says `denied`; otherwise it gives a token that allows nothing. */
  readonly deniesTokens: boolean;
  /** Whether the password itself is a bearer token. */
  readonly passwordIsToken: boolean;
}

const PLAIN: Omit<Dialect, 'challenge'> = {
  auth: 'Bearer',
  tokenPath: '/token',
  wrongLogin: { status: 401, code: 'UNAUTHORIZED' },
  denied: { status: 403, code: 'DENIED' },
  deniesTokens: false,
  passwordIsToken: false,
};
/** Sent with `error="insufficient_scope"`. */
const NO_SCOPE: Refusal = { status: 401, code: 'UNAUTHORIZED' };

const CLOUDS: Readonly<Record<Imitated, Dialect>> = {
  ecr: {
    ...PLAIN,
    auth: 'Basic',
    challenge: (origin) => `Basic realm="${origin}/",service="ecr.amazonaws.com"`,
    wrongLogin: {
      status: 403,
      code: 'DENIED',
      message: 'Your authorization token has expired. Reauthenticate and try again.',
    },
    denied: { status: 403, code: 'DENIED', message: 'not authorized to perform: ecr:BatchGetImage' },
  },
  gar: {
    ...PLAIN,
    tokenPath: '/v2/token',
    challenge(origin, repository) {
      const realm = `Bearer realm="${origin}/v2/token"`;
      return repository === undefined ? realm : `${realm},service="${hostOf(origin)}",scope="${scopeOf(repository)}"`;
    },
    deniesTokens: true,
  },
  acr: {
    ...PLAIN,
    tokenPath: '/oauth2/token',
    challenge: (origin, repository) => bearer(`${origin}/oauth2/token`, hostOf(origin), repository),
    denied: NO_SCOPE,
  },
  icr: {
    ...PLAIN,
    tokenPath: '/oauth/token',
    challenge(origin, repository) {
      const scope = repository === undefined ? '' : `, scope=${scopeOf(repository)}`;
      return `Bearer realm=${origin}/oauth/token, service=registry${scope}`;
    },
    wrongLogin: { status: 400, code: 'UNAUTHORIZED' },
    denied: NO_SCOPE,
  },
  ocir: {
    ...PLAIN,
    tokenPath: '/20180419/docker/token',
    challenge: (origin) => `Bearer realm="${origin}/20180419/docker/token",service="${hostOf(origin)}",scope=""`,
    denied: NO_SCOPE,
    passwordIsToken: true,
  },
};

export function dialectOf(imitates: Imitated | undefined, auth: 'Basic' | 'Bearer'): Dialect {
  if (imitates !== undefined) return CLOUDS[imitates];
  if (auth === 'Basic') return { ...PLAIN, auth, challenge: () => 'Basic realm="sandbox registry"' };
  return {
    ...PLAIN,
    challenge: (origin, repository) => bearer(`${origin}/token`, 'sandbox registry', repository),
  };
}

function bearer(realm: string, service: string, repository: string | undefined): string {
  const scope = repository === undefined ? '' : `,scope="${scopeOf(repository)}"`;
  return `Bearer realm="${realm}",service="${service}"${scope}`;
}

function scopeOf(repository: string): string {
  return `repository:${repository}:pull`;
}

function hostOf(origin: string): string {
  return new URL(origin).host;
}
