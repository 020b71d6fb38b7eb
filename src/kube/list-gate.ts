// One full list at a time over all streams: a restart of the API server must not be answered by all lists at once.

export interface ListGate {
  /** Runs the task when no other one runs, first come first served. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createListGate(): ListGate {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const mine = last.then(task, task);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
