// Pure: what an identity lacks that may log in but not pull, in the words of its cloud.

export interface RefusedPull {
  readonly provider: string;
  /** The whole path at the registry; undefined: no pull was tried, the login itself is denied. */
  readonly repository: string | undefined;
}

/** Undefined: nobody can tell, as for a login that somebody wrote down. */
export function grantFor({ provider, repository }: RefusedPull): string | undefined {
  switch (provider) {
    case 'ecr':
      return 'ecr:BatchGetImage on it (policy of the identity, or of the repository)';
    case 'gar':
      return 'roles/artifactregistry.reader on it';
    case 'acr': // nobody can see from outside which mode the registry is in
      return 'AcrPull, or in ABAC mode Container Registry Repository Reader';
    case 'icr': {
      const [namespace] = repository?.split('/') ?? [];
      return namespace === undefined
        ? 'Reader on Container Registry'
        : `Reader on namespace ${namespace} of Container Registry`;
    }
    case 'ocir':
      return 'read repos in its compartment';
    default:
      return undefined;
  }
}
