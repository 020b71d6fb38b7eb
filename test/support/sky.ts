// A journey under a real stub cloud: the cloud checks ServiceAccount tokens against what the cluster publishes, its registry
// takes what it issued, and the operator knows both by its configuration alone.
import { readOperatorConfig } from '../../src/operator-config.ts';
import type { ServiceName } from '../../src/providers/endpoints.ts';
import type { CloudServer } from '../../src/sandbox/cloud/cloud-server.ts';
import type { Issuer } from '../../src/sandbox/cloud/issuer.ts';
import { startRegistry } from '../../src/sandbox/cloud/registry.ts';
import type { Acceptor, Registry } from '../../src/sandbox/cloud/registry.ts';
import type { Imitated } from '../../src/sandbox/cloud/registry-dialects.ts';
import { readIssuer } from './published-issuer.ts';
import type { OpenTarget } from './target.ts';
import { inWorld } from './world.ts';
import type { World } from './world.ts';

/** What a cloud knows of the cluster: its issuer, and whom a journey tells it to trust. */
export interface Ground {
  readonly issuer: Pick<Issuer, 'url' | 'verify'>;
  /** `system:serviceaccount:NAMESPACE:NAME` of the ServiceAccount that stands in this journey. */
  readonly subject: () => string;
  /** The time of the journey. */
  readonly now: () => Date;
}

/** A vendor: how its stub is started and found. */
export interface Vendor<Cloud extends CloudServer> {
  readonly start: (ground: Ground) => Promise<Cloud>;
  readonly endpoints: (url: string) => Partial<Record<ServiceName, string>>;
  readonly imitates: Imitated;
  readonly host: string;
  readonly accepts: (cloud: Cloud) => Acceptor;
}

export interface Sky<Cloud> {
  readonly world: World;
  readonly cloud: Cloud;
  readonly registry: Registry;
  /** Says who `Ground.subject` is. */
  trust(subject: string): void;
}

export interface SkyOptions {
  /** The operator's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What stands in any file that the environment names. */
  readonly file?: (world: World, subject: string) => Promise<string>;
}

export async function underSky<Cloud extends CloudServer>(
  open: OpenTarget,
  vendor: Vendor<Cloud>,
  { environment = {}, file }: SkyOptions,
  journey: (sky: Sky<Cloud>) => Promise<void>,
): Promise<void> {
  const late: { world?: World; issuer?: Pick<Issuer, 'url' | 'verify'>; subject: string } = { subject: 'nobody' };
  const cloud = await vendor.start(groundOf(late));
  const registry = await startRegistry({ imitates: vendor.imitates, accepts: vendor.accepts(cloud) });
  const configuration = { endpoints: vendor.endpoints(cloud.url), registries: { [vendor.host]: registry.url } };
  const readFile = (): Promise<string> =>
    late.world && file ? file(late.world, late.subject) : Promise.reject(new Error('there is no such file'));
  const parts = {
    operatorConfig: readOperatorConfig(configuration),
    outside: { environment, readFile },
  };
  try {
    await inWorld(open, { parts }, async (world) => {
      Object.assign(late, { world, issuer: await readIssuer(world.admin.raw) });
      await journey({ world, cloud, registry, trust: (subject) => void (late.subject = subject) });
    });
  } finally {
    await Promise.all([cloud.stop(), registry.stop()]);
  }
}

/** What the kubelet keeps in the operator's volume: a token of this audience for the trusted ServiceAccount. */
export function operatorToken(audience: string): NonNullable<SkyOptions['file']> {
  return async ({ admin }, subject) => {
    const [namespace = '', name = ''] = subject.split(':').slice(2);
    const answer = await admin.raw.post(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience], expirationSeconds: 600 },
    });
    return (answer.body.status as { token: string }).token;
  };
}

function groundOf(late: { world?: World; issuer?: Pick<Issuer, 'url' | 'verify'>; subject: string }): Ground {
  return {
    issuer: {
      get url() {
        return late.issuer?.url ?? '';
      },
      // by the cluster's clock, which runs in real time whatever the journey's does
      verify: (token, { audience }) =>
        late.issuer?.verify(token, { audience, now: new Date() }) ?? { ok: false, problem: 'issuer' },
    },
    subject: () => late.subject,
    now: () => late.world?.clock.now() ?? new Date(),
  };
}
