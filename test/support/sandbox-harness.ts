// What whole-operator tests need around the operator: an admin who arranges the world and looks at it, on either API server.
import { rawClient, type Access, type Body, type RawAnswer, type RawClient } from './raw-client.ts';

/** The admin. `kind` is a key of the table of paths below; whatever the server refuses throws. */
export interface TestAdmin {
  readonly raw: RawClient;
  create(kind: Kind, body: object, namespace?: string): Promise<Body>;
  /** Undefined: there is no such object. */
  get(kind: Kind, name: string, namespace?: string): Promise<Body | undefined>;
  list(kind: Kind, namespace?: string): Promise<readonly Body[]>;
  /** A merge patch. */
  patch(kind: Kind, name: string, body: object, namespace?: string): Promise<Body>;
  delete(kind: Kind, name: string, namespace?: string): Promise<void>;
  close(): void;
}

const PATHS = {
  Namespace: ['/api/v1', 'namespaces', 'v1'],
  Secret: ['/api/v1', 'secrets', 'v1'],
  ServiceAccount: ['/api/v1', 'serviceaccounts', 'v1'],
  Event: ['/apis/events.k8s.io/v1', 'events', 'events.k8s.io/v1'],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases', 'coordination.k8s.io/v1'],
  RegistryCredential: ['/apis/regcred.dev/v1alpha1', 'registrycredentials', 'regcred.dev/v1alpha1'],
  ClusterRegistryCredential: ['/apis/regcred.dev/v1alpha1', 'clusterregistrycredentials', 'regcred.dev/v1alpha1'],
} as const;

export type Kind = keyof typeof PATHS;

export function testAdmin(access: Access): TestAdmin {
  const raw = rawClient(access);
  return {
    raw,
    create: async (kind, body, namespace) => {
      const typed = { apiVersion: PATHS[kind][2], kind, ...body };
      return accepted(await raw.post(pathOf(kind, namespace), typed));
    },
    get: async (kind, name, namespace) => {
      const answer = await raw.get(pathOf(kind, namespace, name));
      return answer.code === 404 ? undefined : accepted(answer);
    },
    list: async (kind, namespace) => accepted(await raw.get(pathOf(kind, namespace))).items,
    patch: async (kind, name, body, namespace) => accepted(await raw.merge(pathOf(kind, namespace, name), body)),
    delete: async (kind, name, namespace) => {
      accepted(await raw.delete(pathOf(kind, namespace, name)));
    },
    close: () => raw.close(),
  };
}

/** "/api/v1/namespaces/team-a/secrets/regcred-managed"; without namespace: all of them, or a cluster-wide kind. */
export function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const [base, plural] = PATHS[kind];
  const inside = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${base}${inside}/${plural}${name === undefined ? '' : `/${name}`}`;
}

function accepted(answer: RawAnswer): Body {
  if (answer.code < 300) return answer.body;
  throw new Error(`Refused (HTTP ${answer.code}): ${answer.text}`);
}
