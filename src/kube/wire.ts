// One HTTP exchange: the fence asked at the first byte, a deadline, a size cap, and certainty whether anything was sent.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Clock, Timer } from '../lib/clock.ts';

/** What a call goes through: a pool of connections, or one connection for a stream alone. */
export interface Sender {
  readonly dispatch: Dispatcher['dispatch'];
  /** Ends all at once, for good: who is under way, waits or comes later is told so. */
  readonly destroy: () => unknown;
}

export interface WireCall {
  readonly dispatcher: Sender;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  /** Name, value, name, value. */
  readonly headers: string[];
  readonly body?: string | undefined;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked when the connection stands, just before the first byte; on false nothing is sent. */
  readonly maySend: () => boolean;
}

export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface Answer extends Head {
  readonly body: Buffer;
}

/** An answer whose body is still under way. */
export interface OpenAnswer extends Head {
  /** Read once; throws a WireError when it is cut or given up. */
  readonly body: AsyncIterable<Buffer>;
  /** The answer began: from now on time is the reader's business. */
  readonly stopDeadline: () => void;
  /** Ends it, wherever it is. */
  readonly close: () => void;
}

/** Why there is no answer. `Lost` covers every end that the other side or the network made. */
export type WireFault = 'Lost' | 'Deadline' | 'Aborted' | 'Fenced' | 'TooLarge';

/** No whole answer came. Its message names the fault and code only. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly fault: WireFault;
  /** False when certainly no byte reached the server. */
  readonly sent: boolean;
  readonly code: string | undefined;

  constructor(fault: WireFault, { sent, code }: { sent: boolean; code?: string | undefined }) {
    super(code ? `${fault} (${code})` : fault);
    this.fault = fault;
    this.sent = sent;
    this.code = code;
  }
}

/** Sends, reads the whole body, throws a WireError. */
export function exchange(call: WireCall, maxBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let head: Head = NO_HEAD;
    const chunks: Buffer[] = [];
    let size = 0;
    const running = begin(call, {
      onHead: (status, headers) => void (head = { status, headers }),
      onChunk(chunk) {
        size += chunk.length;
        if (size > maxBytes) running.giveUp('TooLarge');
        else chunks.push(chunk);
      },
      onEnd: () => resolve({ ...head, body: joined(chunks) }),
      onFault: reject,
    });
  });
}

const NO_HEAD: Head = { status: 0, headers: {} };

/** As many bytes of a stream as may wait for their reader, then the server waits. */
const MANY_WAITING_BYTES = 256 * 1024;
/** Where the server can not be made to wait, the stream ends; its reader goes on from what it has. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/** Sends, resolves when the answer begins, throws a WireError. The dispatcher is for this call alone, and ends with it. */
export function openAnswer(call: WireCall): Promise<OpenAnswer> {
  return new Promise((resolve, reject) => {
    const waiting: Buffer[] = [];
    let waitingBytes = 0;
    let end: 'open' | 'whole' | WireError = 'open';
    let wake: () => void = () => undefined;
    let mayPause = false;
    const running = begin(call, {
      onHead(status, headers) {
        mayPause = outlivesIt(headers);
        const close = (): void => running.giveUp('Aborted');
        resolve({ status, headers, body: chunks(), stopDeadline: running.stopDeadline, close });
      },
      onChunk(chunk) {
        waiting.push(chunk);
        waitingBytes += chunk.length;
        if (waitingBytes > MANY_WAITING_BYTES && mayPause) running.pause();
        if (waitingBytes > MOST_WAITING_BYTES) running.giveUp('Lost');
        wake();
      },
      onEnd: () => over('whole'),
      onFault(error) {
        over(error);
        reject(error); // of no effect once the answer began
      },
    });
    function over(how: 'whole' | WireError): void {
      end = how;
      wake();
      void call.dispatcher.destroy();
    }
    async function* chunks(): AsyncGenerator<Buffer> {
      for (;;) {
        for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
          waitingBytes -= chunk.length;
          yield chunk;
        }
        if (end === 'whole') return;
        if (end !== 'open') throw end;
        const woken = new Promise<void>((resume) => (wake = resume)); // before it goes on: that may wake us at once
        running.resume();
        await woken;
      }
    }
  });
}

/** The connection goes on after this answer. If it does not, and is reset while it is paused, undici ends the process. */
function outlivesIt({ connection = '', 'transfer-encoding': encoding = '' }: IncomingHttpHeaders): boolean {
  return /\bchunked\b/i.test(encoding) && !/\bclose\b/i.test(connection);
}

/** The whole of a body that is no longer than allowed. */
export async function readWhole({ body, close }: OpenAnswer, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) {
      close();
      throw new WireError('TooLarge', { sent: true });
    }
    chunks.push(chunk);
  }
  return joined(chunks);
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

interface Reader {
  onHead(status: number, headers: IncomingHttpHeaders): void;
  onChunk(chunk: Buffer): void;
  onEnd(): void;
  /** Once, and nothing comes after it. */
  onFault(error: WireError): void;
}

interface Running {
  readonly giveUp: (fault: WireFault) => void;
  readonly stopDeadline: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

function begin(call: WireCall, reader: Reader): Running {
  const { dispatcher, method, path, headers, body = null, clock, deadlineMs, signal } = call;
  let controller: Dispatcher.DispatchController | undefined; // from when the connection stands
  let isOver = false;
  let deadline: Timer | undefined = clock.after(deadlineMs, () => giveUp('Deadline'));

  const stopDeadline = (): void => {
    deadline?.cancel();
    deadline = undefined;
  };
  const settle = (): boolean => {
    if (isOver) return false;
    isOver = true;
    stopDeadline();
    signal?.removeEventListener('abort', onAbort);
    return true;
  };
  const fail = (fault: WireFault, code?: string): void => {
    if (settle()) reader.onFault(new WireError(fault, { sent: controller !== undefined, code }));
  };
  const giveUp = (fault: WireFault): void => {
    fail(fault);
    controller?.abort(NOT_WANTED);
  };
  const onAbort = (): void => giveUp('Aborted');

  const running: Running = {
    giveUp,
    stopDeadline,
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
  };
  if (signal?.aborted) {
    onAbort();
    return running;
  }
  signal?.addEventListener('abort', onAbort);
  dispatcher.dispatch(
    { method, path, headers, body, reset: false }, // unless told, a DELETE with a body ends its connection
    {
      onRequestStart(begun) {
        if (!isOver && !call.maySend()) fail('Fenced');
        if (isOver) throw NOT_WANTED; // nothing is sent, and the connection stays good
        controller = begun;
      },
      onResponseStart(_controller, status, answered) {
        if (status >= 200) reader.onHead(status, answered);
      },
      onResponseData: (_controller, chunk) => reader.onChunk(chunk),
      onResponseEnd() {
        if (settle()) reader.onEnd();
      },
      onResponseError: (_controller, error) => fail('Lost', codeOf(error)),
    },
  );
  return running;
}

const NOT_WANTED = new Error('not wanted any more');

/** Undici's codes in the words of the operating system, which people know. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
};

function codeOf(error: Error): string | undefined {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? (KNOWN_AS[code] ?? code) : undefined;
}
