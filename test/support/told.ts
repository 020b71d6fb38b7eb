// What a plan would do, one line an action.
import type { Action } from '../../src/reconcile/namespace/plan.ts';
import { decided } from './gen.ts';
import type { SituationGiven } from './gen.ts';

/** One line an action. */
export function told(actions: readonly Action[]): readonly string[] {
  return actions.map((action) => {
    switch (action.kind) {
      case 'CreateSecret':
        return `create ${action.secret.name}`;
      case 'UpdateSecret':
        return `update ${action.secret.name} ${action.reason}${action.keep.length > 0 ? ` keep ${action.keep.join()}` : ''}`;
      case 'SetEntries':
        return [
          `${action.serviceAccount.name} +${action.attach.join()} -${action.detach.join()}`,
          ...action.disown.map((name) => `no longer ours: ${name}`),
        ].join(', ');
      case 'Refuse':
        return `refuse ${action.secretName} ${action.refusal.reason}`;
      case 'LeaveSecret':
        return `leave ${action.found.slim.name} keep ${action.keep.join()}`;
      case 'ReleaseSecret':
        return `${action.kind} ${action.found.slim.name}${action.keep ? ` keep ${action.keep.join()}` : ''}`;
      default:
        return `${action.kind} ${action.found.slim.name}`;
    }
  });
}

export function planned(given: SituationGiven): readonly string[] {
  return told(decided(given).actions);
}
