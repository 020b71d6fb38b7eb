// The election of an operator without leader election: one process, which leads as long as it runs.
import type { LeaderElection } from './leader-election.ts';

export function alwaysLeader(): LeaderElection {
  const stopping = new AbortController();
  let isLeading = false;
  return {
    async run(signal, { onStartedLeading, onStoppedLeading }) {
      const stopped = AbortSignal.any([signal, stopping.signal]);
      isLeading = true;
      onStartedLeading();
      if (!stopped.aborted) await new Promise((resolve) => stopped.addEventListener('abort', resolve));
      isLeading = false;
      onStoppedLeading();
      return 'released';
    },
    mayWrite: () => isLeading,
    isLeader: () => isLeading,
    healthy: () => true,
    release() {
      stopping.abort();
      return Promise.resolve();
    },
  };
}
