// A bounded number of connections, given from one call to the next, one call at a time. One that failed a call is not used
// again: undici's own Pool lets such clients work on uncounted, and some of them never end what waits for them.
import type { Dispatcher } from 'undici';
import type Client from 'undici/lib/dispatcher/client.js';
import type { Sender } from './wire.ts';

/** Sends a call when a connection is free; its handler is told of everything, also of a pool that was destroyed. */
export interface ConnectionPool extends Sender {
  /** Finishes what it carries and keeps nothing. */
  retire(): void;
  /** It has no connections. */
  isEmpty(): boolean;
}

interface Call {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: Dispatcher.DispatchHandler;
}

export function createConnectionPool(open: () => Client, most: number): ConnectionPool {
  const clients = new Set<Client>();
  const idle: Client[] = []; // the one used last is taken first: the others may close
  const waiting: Call[] = [];
  let isRetired = false;
  let isDestroyed = false;

  function send(client: Client, { options, handler }: Call): boolean {
    let isOver = false;
    const over = (then: (client: Client) => void): void => {
      if (!isOver) queueMicrotask(() => then(client)); // undici is not done with this call yet
      isOver = true;
    };
    return client.dispatch(options, {
      ...handler,
      onResponseEnd(controller, trailers) {
        over(release);
        handler.onResponseEnd?.(controller, trailers);
      },
      onResponseError(controller, error) {
        over(replace);
        handler.onResponseError?.(controller, error);
      },
    });
  }

  function release(client: Client): void {
    const next = waiting.shift();
    if (next) send(client, next);
    else if (isRetired) end(client);
    else idle.push(client);
  }

  function replace(client: Client): void {
    clients.delete(client);
    void client.destroy();
    const next = waiting.shift();
    if (next) send(opened(), next);
  }

  function end(client: Client): void {
    clients.delete(client);
    client.close().catch(() => undefined); // destroyed meanwhile
  }

  function opened(): Client {
    const client = open();
    clients.add(client);
    if (isDestroyed) void client.destroy();
    return client;
  }

  return {
    dispatch(options, handler) {
      const client = idle.pop() ?? (clients.size < most ? opened() : undefined);
      if (client) return send(client, { options, handler });
      waiting.push({ options, handler });
      return false;
    },
    retire() {
      isRetired = true;
      for (const client of idle.splice(0)) end(client);
    },
    destroy() {
      isDestroyed = true;
      isRetired = true;
      for (const client of clients) void client.destroy();
    },
    isEmpty: () => clients.size === 0,
  };
}
