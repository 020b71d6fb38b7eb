import assert from 'node:assert/strict';
import { startDemoCloud } from '../../src/cli/demo-cloud.ts';
import { DEMO_CLOUD } from '../../src/cli/demo-expect.ts';
import { basicAuthorization, call } from '../../src/sandbox/loopback-client.ts';

describe('demo-cloud', () => {
  it('has a registry that takes no login but those of its cloud, and is down when it is told to be', async () => {
    const cloud = await startDemoCloud(() => new Date());
    try {
      const { endpoints, registries } = cloud.operatorConfig;
      assert.equal(registries.get(DEMO_CLOUD.host)?.origin, cloud.registry.url);
      const headers = { authorization: basicAuthorization('AWS', 'invented') };
      assert.equal((await call(`${cloud.registry.url}/v2/`, { headers })).code, 403);

      const url = endpoints.get('ecr')?.href ?? assert.fail('no endpoint');
      cloud.setOutage(true);
      assert.equal((await call(url)).code, 503);
      cloud.setOutage(false);
      assert.equal((await call(url)).code, 404);
    } finally {
      await cloud.stop();
    }
  });
});
