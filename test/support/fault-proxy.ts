// A proxy on loopback between the operator and either API server, scripted with faults: what a test can not ask a real
// server to do, a request's own way can.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

import { loopbackCertificate } from '../../src/sandbox/certificate.ts';
import { startLoopbackServer } from '../../src/sandbox/loopback-server.ts';
import { requestInfo } from '../../src/sandbox/request-info.ts';
import {
  ActiveRule,
  fits,
  type Fault,
  type FaultRule,
  type Match,
  type Passing,
  type PassingEvent,
} from './fault-rules.ts';
import type { Access, Body } from './raw-client.ts';

export type { Fault, FaultRule, Match, PassingEvent } from './fault-rules.ts';

export interface FaultProxy {
  readonly url: string;
  /** PEM; there when the proxy speaks TLS. */
  readonly ca?: string;
  /** The first rule that takes a request decides what happens to it; the newest comes first. */
  on(match: Match, fault: Fault): FaultRule;
  /** True while a request is under way that no fault holds up: a clock that ran ahead now would end it by its deadline. */
  isBusy(): boolean;
  /** How many requests have fitted since the start. */
  count(match: Match): number;
  /** Writes that passed, Leases and Events apart: "patch serviceaccounts team-a/default". */
  writes(): readonly string[];
  /** What the requests that fit carried, oldest first. */
  sent(match?: Match): readonly Sent[];
  /** Resets the open watches that fit. */
  cutWatches(match?: Match): void;
  /** From now on the open watches that fit say nothing; their connections stay. */
  silenceWatches(match?: Match): void;
  /** Sends a line to the open watches that fit, as if the server had. */
  inject(match: Match, event: PassingEvent): void;
  /** How many watches that fit are open. */
  openWatches(match?: Match): number;
  removeRules(): void;
  stop(): Promise<void>;
}

/** The verb, and the content type and text of the body; both empty without one. */
export interface Sent {
  readonly verb: string;
  readonly contentType: string;
  readonly text: string;
}

interface Proxy {
  readonly target: Access;
  readonly agent: HttpAgent;
  readonly rules: ActiveRule[];
  readonly seen: Passing[];
  /** The rules of requests on their way; undefined: none has taken it. */
  readonly onTheirWay: Set<{ readonly rule: ActiveRule | undefined }>;
  readonly watches: Set<OpenWatch>;
  readonly stopping: AbortController;
}

interface OpenWatch {
  readonly passing: Passing;
  readonly response: ServerResponse;
  isSilent: boolean;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly passing: Passing;
  readonly rule: ActiveRule | undefined;
  readonly body: Buffer;
}

const STRIKES_BEFORE: readonly Fault['kind'][] = ['delay', 'answer', 'resetBefore', 'hold'];

export async function startFaultProxy(
  target: Access,
  { tls = target.url.startsWith('https:') } = {},
): Promise<FaultProxy> {
  const options = { keepAlive: true, ...(target.ca === undefined ? {} : { ca: target.ca }) };
  const agent = target.url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
  const proxy: Proxy = {
    target,
    agent,
    rules: [],
    seen: [],
    onTheirWay: new Set(),
    watches: new Set(),
    stopping: new AbortController(),
  };
  const certificate = tls ? loopbackCertificate(new Date()) : undefined;
  const address = { host: '127.0.0.1', port: 0, ...(certificate ? { certificate } : {}) };
  const server = await startLoopbackServer(address, (request, response) => void handle(proxy, request, response));
  return {
    url: server.url,
    ...(certificate ? { ca: certificate.cert } : {}),
    ...controls(proxy),
    stop: async () => {
      proxy.stopping.abort();
      for (const rule of proxy.rules) rule.remove();
      await server.stop();
      agent.destroy();
    },
  };
}

function controls(proxy: Proxy): Omit<FaultProxy, 'url' | 'ca' | 'stop'> {
  const fitting = (match: Match = {}): OpenWatch[] => [...proxy.watches].filter(({ passing }) => fits(match, passing));
  return {
    on: (match, fault) => {
      const rule = new ActiveRule(match, fault);
      proxy.rules.unshift(rule);
      return rule;
    },
    isBusy: () =>
      proxy.onTheirWay.values().some(({ rule }) => rule === undefined || rule.isOver || rule.fault.kind === 'answer'),
    count: (match) => proxy.seen.filter((passing) => fits(match, passing)).length,
    writes: () => proxy.seen.flatMap(({ info }) => (info && isWrite(info) ? [describe(info)] : [])),
    sent: (match = {}) =>
      proxy.seen
        .filter((passing) => fits(match, passing))
        .map(({ info, contentType = '', text = '' }) => ({ verb: info?.verb ?? '', contentType, text })),
    cutWatches: (match) => {
      for (const { response } of fitting(match)) reset(response);
    },
    silenceWatches: (match) => {
      for (const watch of fitting(match)) watch.isSilent = true;
    },
    inject: (match, event) => {
      for (const { response } of fitting(match)) response.write(`${JSON.stringify(event)}\n`);
    },
    openWatches: (match) => fitting(match).length,
    removeRules: () => {
      for (const rule of proxy.rules.splice(0)) rule.remove();
    },
  };
}

function isWrite({ verb, plural }: NonNullable<Passing['info']>): boolean {
  return !['get', 'list', 'watch'].includes(verb) && plural !== 'leases' && plural !== 'events';
}

function describe({ verb, plural, subresource, namespace = '', name = '' }: NonNullable<Passing['info']>): string {
  return `${verb} ${plural}${subresource === undefined ? '' : `/${subresource}`} ${namespace}/${name}`;
}

async function handle(proxy: Proxy, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const passing = passingOf(request);
  proxy.seen.push(passing);
  const [rule] = proxy.rules.filter((one) => one.takes(passing)); // all of them count it
  const journey = { rule };
  if (passing.info?.verb !== 'watch') proxy.onTheirWay.add(journey);
  response.on('close', () => proxy.onTheirWay.delete(journey));
  try {
    const body = await bufferOf(request);
    passing.text = body.toString('utf8');
    const exchange = { request, response, passing, rule, body };
    if (await isPassedOn(proxy, exchange)) await forward(proxy, exchange);
  } catch {
    reset(response); // the server went away, or the client: neither learns more than that
  }
}

function passingOf(request: IncomingMessage): Passing {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const contentType = request.headers['content-type'] ?? '';
  return { info: requestInfo(request.method ?? 'GET', url), token, contentType };
}

/** Faults that strike before the server sees anything. */
async function isPassedOn({ stopping }: Proxy, { response, rule }: Exchange): Promise<boolean> {
  const fault = rule?.fault;
  if (fault && STRIKES_BEFORE.includes(fault.kind)) rule.wasCaught();
  if (fault?.kind === 'delay') await delay(fault.delayMs, undefined, { signal: stopping.signal });
  if (fault?.kind === 'hold') await rule?.released;
  if (fault?.kind === 'resetBefore') reset(response);
  if (fault?.kind === 'answer') answer(response, fault);
  return !response.destroyed && !response.writableEnded;
}

function answer(response: ServerResponse, { code, body, headers = {} }: Extract<Fault, { kind: 'answer' }>): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const contentType = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

async function forward(proxy: Proxy, exchange: Exchange): Promise<void> {
  const upstream = await send(proxy, exchange);
  exchange.response.on('close', () => upstream.destroy());
  if (exchange.passing.info?.verb === 'watch' && upstream.statusCode === 200) passWatch(proxy, exchange, upstream);
  else await passAnswer(exchange, upstream);
}

function send({ target, agent }: Proxy, { request, response, body }: Exchange): Promise<IncomingMessage> {
  const open = target.url.startsWith('https:') ? httpsRequest : httpRequest;
  const { host: _host, connection: _connection, ...headers } = request.headers;
  return new Promise((resolve, reject) => {
    const url = new URL(request.url ?? '/', target.url);
    const passed = open(url, { method: request.method ?? 'GET', headers, agent }, resolve).on('error', reject);
    response.on('close', () => passed.destroy());
    passed.end(body);
  });
}

/** Faults of an answer: the server has done what was asked. */
async function passAnswer({ response, rule }: Exchange, upstream: IncomingMessage): Promise<void> {
  const whole = await bufferOf(upstream);
  const fault = rule?.fault;
  if (fault && !STRIKES_BEFORE.includes(fault.kind)) rule.wasCaught();
  if (fault?.kind === 'holdAnswer') await rule?.released;
  if (fault?.kind === 'resetAfter') {
    reset(response);
    return;
  }
  const isRewritten = fault?.kind === 'rewriteBody' && (upstream.statusCode ?? 0) < 300;
  const body = isRewritten
    ? Buffer.from(JSON.stringify(fault.rewrite(JSON.parse(whole.toString('utf8')) as Body)))
    : whole;
  const { 'transfer-encoding': _chunked, ...headers } = upstream.headers; // a long answer comes in chunks, and goes whole
  response.writeHead(upstream.statusCode ?? 502, { ...headers, 'content-length': body.length });
  if (fault?.kind === 'cut') response.write(body.subarray(0, body.length / 2), () => reset(response));
  else response.end(body);
}

function passWatch({ watches }: Proxy, { response, passing, rule }: Exchange, upstream: IncomingMessage): void {
  const watch: OpenWatch = { passing, response, isSilent: rule?.fault.kind === 'blackHole' };
  if (rule && !STRIKES_BEFORE.includes(rule.fault.kind)) rule.wasCaught();
  watches.add(watch);
  response.on('close', () => watches.delete(watch));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const cut = rule?.fault.kind === 'cut' ? (rule.fault.afterEvents ?? 0) : Infinity;
  if (cut === 0) reset(response);
  else passLines(upstream, { watch, rule, cut });
}

interface Lines {
  readonly watch: OpenWatch;
  readonly rule: ActiveRule | undefined;
  readonly cut: number;
}

function passLines(upstream: IncomingMessage, { watch, rule, cut }: Lines): void {
  let rest = '';
  let passed = 0;
  upstream.setEncoding('utf8');
  upstream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      passed += 1;
      const afterwards = passed < cut ? undefined : () => reset(watch.response);
      if (!watch.isSilent && passed <= cut) watch.response.write(rewritten(rule?.fault, line), afterwards);
    }
  });
  upstream.on('error', () => reset(watch.response));
  upstream.on('end', () => watch.isSilent || watch.response.end());
}

function rewritten(fault: Fault | undefined, line: string): string {
  if (fault?.kind !== 'rewriteEvents') return `${line}\n`;
  const events = fault.rewrite(JSON.parse(line) as PassingEvent);
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

function reset(response: ServerResponse): void {
  response.socket?.destroy();
  response.destroy();
}

async function bufferOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
