// The demo's cloud: a stub of AWS that checks signatures, and its registry, which takes nothing but living tokens of it.
import { readOperatorConfig } from '../operator-config.ts';
import type { OperatorConfig } from '../operator-config.ts';
import { startAws } from '../sandbox/cloud/aws.ts';
import { startRegistry } from '../sandbox/cloud/registry.ts';
import type { Registry } from '../sandbox/cloud/registry.ts';
import { DEMO_CLOUD } from './demo-expect.ts';

export interface DemoCloud {
  readonly registry: Registry;
  /** Where the operator finds both. */
  readonly operatorConfig: OperatorConfig;
  /** Answers HTTP 503 to everything. */
  setOutage(isDown: boolean): void;
  stop(): Promise<void>;
}

const { host, accessKeyId, secretAccessKey } = DEMO_CLOUD;

/** `now` is the cloud's clock, by which tokens end. */
export async function startDemoCloud(now: () => Date): Promise<DemoCloud> {
  const user = { accessKeyId, secretAccessKey, arn: 'arn:aws:iam::111122223333:user/demo' };
  const aws = await startAws({ users: [user], now });
  const accepts = (username: string, password: string): boolean => aws.accepts(username, password);
  const registry = await startRegistry({ imitates: 'ecr', accepts });
  const places = { endpoints: { ecr: aws.url }, registries: { [host]: registry.url } };
  return {
    registry,
    operatorConfig: readOperatorConfig(places),
    setOutage(isDown) {
      if (isDown) aws.fail({ status: 503 });
      else aws.recover();
    },
    stop: async () => {
      await Promise.all([aws.stop(), registry.stop()]);
    },
  };
}
