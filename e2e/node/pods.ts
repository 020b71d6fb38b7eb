// Pods on the one node: no scheduler, no network plugin, always a real pull.
import { eventually } from '../../test/support/eventually.ts';
import { ok } from '../support/api.ts';
import type { Api, ApiObject } from '../support/api.ts';
import { NODE_NAME } from './node.ts';

/** Makes a Pod that must pull `image`; what else its spec needs, such as pull Secrets of its own, in `extra`. */
export async function makePod(admin: Api, namespace: string, image: string, extra: object = {}): Promise<string> {
  const made = await ok(
    admin.post(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { generateName: 'app-' },
      spec: {
        nodeName: NODE_NAME,
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'app', image, imagePullPolicy: 'Always' }],
        ...extra,
      },
    }),
  );
  return made.metadata?.name ?? '';
}

/** What a person sees in `kubectl get pods`: the phase, or why the container waits. */
export async function podState(admin: Api, namespace: string, name: string): Promise<string> {
  const pod = await ok(admin.get(`/api/v1/namespaces/${namespace}/pods/${name}`));
  const status = pod['status'] as PodStatus | undefined;
  return status?.containerStatuses?.[0]?.state?.waiting?.reason ?? status?.phase ?? 'Unknown';
}

interface PodStatus {
  readonly phase?: string;
  readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[];
}

/** Waits until the Pod's state is one of `states`. The kubelet takes its time: a pull is tried again after 10, 20, 40 s. */
export async function untilPod(admin: Api, namespace: string, name: string, ...states: string[]): Promise<void> {
  await eventually(
    async () => {
      const state = await podState(admin, namespace, name);
      if (!states.includes(state)) throw new Error(`Pod ${namespace}/${name} is ${state}, not ${states.join(' or ')}`);
      return true;
    },
    { timeoutMs: 90_000, everyMs: 200 },
  );
}

/** Deletes the Pods of a namespace and waits until the kubelet has ended them. */
export async function removePods(admin: Api, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await ok(admin.delete(path, { gracePeriodSeconds: 0 }));
  await eventually(async () => ((await ok(admin.get(path)))['items'] as ApiObject[]).length === 0, {
    timeoutMs: 60_000,
    everyMs: 200,
  });
}
