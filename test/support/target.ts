// Where a journey plays: the embedded API server here, a real control plane in e2e/. A journey knows only this.
import { defaultInstall } from '../../src/sandbox/default-install.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { PermittedNames } from '../../src/api/permitted-names.ts';
import type { Access } from './raw-client.ts';

export interface TargetOptions {
  readonly secretNames?: PermittedNames;
  readonly serviceAccountNames?: PermittedNames;
  /** How long the default ServiceAccount of a new namespace takes. */
  readonly serviceAccountDelayMs?: number;
}

export interface Target {
  readonly admin: Access;
  /** The operator's own user, with the rights of the default install. */
  readonly operator: Access;
  readonly namespace: string;
  /** Binds the ClusterRole for tenants' inputs in that namespace. */
  grantInputs(namespace: string): Promise<void>;
  /** Ends what open() began; a shared cluster stays. */
  stop(): Promise<void>;
}

export type OpenTarget = (options?: TargetOptions) => Promise<Target>;

/** A sandbox of its own for each journey. */
export const openSandbox: OpenTarget = async (options = {}) => {
  const { serviceAccountDelayMs, ...names } = options;
  const controllers = serviceAccountDelayMs === undefined ? {} : { controllers: { serviceAccountDelayMs } };
  const sandbox = await startSandbox({ ...names, ...controllers });
  const { operator, apiServer } = sandbox;
  const { userName, rules } = defaultInstall({ operatorNamespace: operator.namespace, ...names });
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${operator.namespace}`];
  const consented: string[] = [];
  return {
    admin: sandbox.adminAccess,
    operator,
    namespace: operator.namespace,
    grantInputs: (namespace) => {
      consented.push(namespace);
      const inputs = {
        apiGroups: [''],
        resources: ['secrets', 'serviceaccounts'],
        verbs: ['get'],
        namespaces: consented,
      };
      const tokens = { ...inputs, resources: ['serviceaccounts/token'], verbs: ['create'] };
      apiServer.addUser({ token: operator.token, name: userName, groups, rules: [...rules, inputs, tokens] });
      return Promise.resolve();
    },
    stop: () => sandbox.stop(),
  };
};
