// Is the fence there? A dry-run write that the admission policies must refuse tells, and stores nothing.
import { DOCKER_CONFIG_KEY, DOCKER_CONFIG_TYPE, RESOURCE } from '../api/names.ts';
import type { CallOptions, KubeClient } from './client.ts';
import { isKubeError } from './client.ts';

/** Every cluster has it, and it is never the operator's own. */
const PROBED_NAMESPACE = 'default';

/** Somebody else's rule about Secrets: what the fence would have said is not known then. */
const FOREIGN = /\badmission webhook "|ValidatingAdmissionPolicy '(?!regcred-operator-pull-secrets')/;

/** Undefined: it could not be told (no rights, no answer). */
export async function probeFence(
  client: KubeClient,
  secretName: string,
  options: CallOptions = {},
): Promise<boolean | undefined> {
  const withoutMarker = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: DOCKER_CONFIG_TYPE,
    metadata: { name: secretName },
    data: { [DOCKER_CONFIG_KEY]: Buffer.from('{"auths":{}}').toString('base64') },
  };
  try {
    await client.create(RESOURCE.secrets, PROBED_NAMESPACE, withoutMarker, { ...options, dryRun: true });
    return false;
  } catch (error) {
    if (isKubeError(error, 'AdmissionDenied')) return FOREIGN.test(error.detail) ? undefined : true;
    return isKubeError(error, 'AlreadyExists') ? false : undefined; // admission runs before the name clash is found
  }
}
