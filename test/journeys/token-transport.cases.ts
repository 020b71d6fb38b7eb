// Journeys of "Token endpoint" (docs/faults.md): what happens on the way to a cloud: bodies without end, TLS, and names that
// lead where nobody should go.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { crds } from '../../src/api/schemas.ts';
import { networksOf } from '../../src/lib/addresses.ts';
import { becomes, heals, issuedBy, later, refresh } from '../support/cloud-steps.ts';
import { eventually } from '../support/eventually.ts';
import { badTlsFixture, tlsFixture } from '../support/http-stub.ts';
import type { StubTls } from '../support/http-stub.ts';
import { byKey, withCloud } from '../support/scripted-cloud.ts';
import type { OpenTarget } from '../support/target.ts';
import type { World } from '../support/world.ts';
import { key, passwordIn, serveByKey } from './stored-tokens.cases.ts';

const HOST = 'de.icr.io';
const MIB = 1024 * 1024;

/** Bodies that would fill any memory, as they are sent. */
const FLOODS: Readonly<Record<string, (response: ServerResponse, sent: (bytes: number) => void) => void>> = {
  'never ends': (response, sent) => flood(response.writeHead(200), Buffer.alloc(64 * 1024, 'y'), Infinity, sent),
  'is announced with 1 GiB': (response, sent) =>
    flood(response.writeHead(200, { 'content-length': `${1024 * MIB}` }), Buffer.alloc(64 * 1024, 'y'), Infinity, sent),
  'unpacks to 1 GiB': (response, sent) =>
    flood(response.writeHead(200, { 'content-encoding': 'gzip' }), gzipSync(Buffer.alloc(16 * MIB)), 64, sent),
};

/** Sends as fast as the other side reads, until it goes away. */
function flood(response: ServerResponse, chunk: Buffer, times: number, sent: (bytes: number) => void): void {
  for (let left = times; left > 0 && !response.destroyed; left -= 1) {
    sent(chunk.byteLength);
    if (!response.write(chunk)) return void response.once('drain', () => flood(response, chunk, left - 1, sent));
  }
  if (!response.destroyed) response.end();
}

/** A server's certificate, and whether the client trusts the authority behind it; the code that tells what is wrong. */
const TLS_FAULTS: Readonly<
  Record<string, { readonly tls: StubTls; readonly isTrusted: boolean; readonly code: RegExp }>
> = {
  'has expired': { tls: badTlsFixture('expired'), isTrusted: true, code: /CERT_HAS_EXPIRED/ },
  'has another name': { tls: badTlsFixture('wrong-name'), isTrusted: true, code: /ERR_TLS_CERT_ALTNAME_INVALID/ },
  'is self-signed': { tls: badTlsFixture('self-signed'), isTrusted: true, code: /DEPTH_ZERO_SELF_SIGNED_CERT/ },
  'is of an authority that nobody trusts': { tls: tlsFixture('three'), isTrusted: false, code: /UNABLE_TO_VERIFY/ },
  'comes with TLS 1.1 only': {
    tls: { ...tlsFixture('three'), maxVersion: 'TLSv1.1' },
    isTrusted: true,
    code: /ERR_SSL|EPROTO/,
  },
};

/** A cloud of one's own: loopback is allowed, and its authority trusted. */
const trusting = (...authorities: readonly string[]): string =>
  JSON.stringify({ networks: ['127.0.0.0/8'], certificateAuthorities: authorities });

const GUARD = { allowedNetworks: networksOf(['127.0.0.0/8']), extraCas: [tlsFixture('three').ca] };

async function start(world: World): Promise<string> {
  const namespace = await world.namespace('a');
  await key(world, 'key');
  await world.cluster('main', { provider: byKey(world.name('key'), HOST) });
  await world.start();
  return namespace;
}

export function describeTokenTransportSandboxOnly(open: OpenTarget): void {
  describe('the way to a token endpoint', () => {
    for (const [what, send] of Object.entries(FLOODS))
      it(`F75: a body that ${what} is read to 256 KiB, and memory stays as it was`, () =>
        withCloud(
          open,
          async (world, cloud) => {
            const namespace = await serveByKey(world);
            const before = await world.secret(namespace);
            let [bytes, isOver] = [0, false];
            cloud.script((_, response) => {
              response.on('close', () => (isOver = true));
              send(response, (sent) => (bytes += sent));
            });
            const { rss } = process.memoryUsage();
            await refresh(world, '1');

            await becomes(world, 'LastGood');
            assert.match((await issuedBy(world))?.message ?? '', /gave an answer that is no token/);
            await eventually(() => isOver);
            assert.ok(bytes < 32 * MIB, `${bytes} bytes were taken`); // what buffers of sockets hold
            assert.ok(process.memoryUsage().rss - rss < 256 * MIB);
            assert.deepEqual(await world.secret(namespace), before);
            cloud.script();
            await heals(world, cloud, namespace);
          },
          { configFile: ({ url }) => JSON.stringify({ endpoints: { 'ibm-iam': url.origin } }) },
        ));

    it('F76: a name that does not exist', () => {
      let isThere = true;
      const missing = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
      return withCloud(
        open,
        async (world, cloud) => {
          cloud.script((_, response) => cloud.give(response.setHeader('connection', 'close')));
          const namespace = await serveByKey(world);
          const before = await world.secret(namespace);
          isThere = false;
          await later(world, 20_000, async () => (await issuedBy(world))?.reason === 'LastGood');
          assert.match((await issuedBy(world))?.message ?? '', /can not be reached \(ENOTFOUND\)/);
          assert.deepEqual(await world.secret(namespace), before);
          isThere = true;
          await heals(world, cloud, namespace);
        },
        {
          tls: tlsFixture('three'),
          host: 'cloud.example.com',
          guard: {
            ...GUARD,
            resolve: (_host, done) => (isThere ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(missing, [])),
          },
        },
      );
    }).timeout(60_000);

    for (const [what, { tls, isTrusted, code }] of Object.entries(TLS_FAULTS))
      it(`F89: a certificate that ${what} ends the call`, () =>
        withCloud(
          open,
          async (world, cloud) => {
            await start(world);
            await becomes(world, 'TLSFailed');
            assert.match((await issuedBy(world))?.message ?? '', code);
            assert.equal(cloud.calls.length, 0);
          },
          { tls, configFile: () => trusting(...(isTrusted ? [tls.ca] : [])) },
        ));

    it('F89: the authority that the operator configured is trusted; no field of a credential says so', () =>
      withCloud(
        open,
        async (world, cloud) => {
          const namespace = await start(world);
          await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[0]);
          const fields = Object.values(crds).flatMap((crd) => [...JSON.stringify(crd).matchAll(/"(\w+)":\{/g)]);
          assert.deepEqual(
            fields.map(([, name]) => name).filter((name) => /insecure|tls|ca(?:Bundle|Cert|s)?$/i.test(name ?? '')),
            [],
          );
        },
        { tls: tlsFixture('three'), configFile: () => trusting(tlsFixture('three').ca) },
      ));

    for (const address of ['127.0.0.1', '169.254.169.254', '::1', 'fe80::1', '::ffff:127.0.0.1'])
      it(`F90: a name of a provider that leads to ${address} is not connected to`, () =>
        withCloud(
          open,
          async (world, cloud) => {
            await start(world);
            await becomes(world, 'ProviderUnreachable');
            assert.match((await issuedBy(world))?.message ?? '', /EADDRESS/);
            assert.equal(cloud.connections(), 0);
          },
          {
            tls: tlsFixture('three'),
            host: 'cloud.example.com',
            guard: {
              extraCas: GUARD.extraCas,
              resolve: (_host, done) => done(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
            },
          },
        ));

    it("F90: where the operator's configuration allows it, it is; only to the address that was looked at", () => {
      let looks = 0;
      return withCloud(
        open,
        async (world, cloud) => {
          const namespace = await start(world);
          await eventually(async () => (await passwordIn(world, namespace)) === cloud.tokens[0]);
          assert.equal(looks, 1);
          assert.equal(cloud.connections(), 1);
        },
        {
          tls: tlsFixture('three'),
          host: 'cloud.example.com',
          guard: {
            ...GUARD,
            // whoever asks twice is sent elsewhere
            resolve: (_host, done) => done(null, [{ address: ++looks === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }]),
          },
        },
      );
    });
  });
}
