// The operator's own user in the sandbox: the permissions of manifests/rbac.yaml and the fence of manifests/fence.yaml. A test
// compares them with the manifests.
import { API_GROUP, DEFAULT_SECRET_NAME, DEFAULT_SERVICE_ACCOUNT_NAME, OPERATOR_NAME } from '../api/names.ts';
import type { PermittedNames } from '../api/permitted-names.ts';
import type { Fence } from './fence.ts';
import type { Rule } from './rbac.ts';

export interface InstallOptions {
  readonly operatorNamespace: string;
  readonly secretNames?: PermittedNames;
  readonly serviceAccountNames?: PermittedNames;
}

export interface Install {
  readonly userName: string;
  readonly rules: readonly Rule[];
  readonly fence: Fence;
}

export function defaultInstall(options: InstallOptions): Install {
  const { operatorNamespace, secretNames = [DEFAULT_SECRET_NAME] } = options;
  const userName = `system:serviceaccount:${operatorNamespace}:${OPERATOR_NAME}`;
  const rules = [...clusterRules(options), ...homeRules(operatorNamespace)];
  return { userName, rules, fence: { userName, operatorNamespace, secretNames } };
}

function clusterRules({ secretNames = [DEFAULT_SECRET_NAME], serviceAccountNames }: InstallOptions): Rule[] {
  const accounts = serviceAccountNames ?? [DEFAULT_SERVICE_ACCOUNT_NAME];
  const credentials = ['registrycredentials', 'clusterregistrycredentials'];
  const statuses = credentials.map((plural) => `${plural}/status`);
  return [
    rule('', ['secrets'], ['get', 'list', 'watch', 'patch', 'update', 'delete'], secretNames),
    rule('', ['secrets'], ['create']),
    rule('', ['serviceaccounts'], ['get', 'list', 'watch', 'patch'], accounts),
    rule('', ['namespaces'], ['get', 'list', 'watch']),
    rule(API_GROUP, credentials, ['get', 'list', 'watch']),
    rule(API_GROUP, statuses, ['patch']),
    rule('events.k8s.io', ['events'], ['create', 'patch']),
  ];
}

function homeRules(namespace: string): Rule[] {
  const rules = [
    rule('coordination.k8s.io', ['leases'], ['get', 'create', 'update']),
    rule('', ['secrets'], ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete']),
    rule('', ['serviceaccounts'], ['get']),
    rule('', ['serviceaccounts/token'], ['create']),
  ];
  return rules.map((one) => ({ ...one, namespaces: [namespace] }));
}

function rule(
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  names: PermittedNames = '*',
): Rule {
  return { apiGroups: [group], resources, verbs, ...(names === '*' ? {} : { resourceNames: names }) };
}
