import assert from 'node:assert/strict';
import { ConfigError } from '../src/config.ts';
import { parseOperatorConfig, readOperatorConfig } from '../src/operator-config.ts';

describe('operator-config', () => {
  it('needs nothing', () => {
    const config = readOperatorConfig();

    assert.equal(config.endpoints.size, 0);
    assert.equal(config.ambientIdentity, true);
    assert.equal(config.tenantRegistries, undefined);
  });

  it('reads every field', async () => {
    const config = await parseOperatorConfig(`
endpoints: {sts: "http://127.0.0.1:4566", ibm-iam: "https://private.iam.cloud.ibm.com"}
registries: {"registry.example.com": "http://10.0.0.5:5000"}
realms: [auth.example.com]
networks: [10.0.0.0/8, "fd00::/8"]
tenantRegistries: ["*.azurecr.io", ghcr.io]
ambientIdentity: false
disabledProviders: [ocir]
`);

    assert.equal(config.endpoints.get('sts')?.origin, 'http://127.0.0.1:4566');
    assert.equal(config.registries.get('registry.example.com')?.port, '5000');
    assert.ok(config.networks.check('10.1.1.1'));
    assert.deepEqual(config.realms, ['auth.example.com']);
    assert.deepEqual(config.tenantRegistries, ['*.azurecr.io', 'ghcr.io']);
    assert.deepEqual([config.ambientIdentity, config.disabledProviders], [false, ['ocir']]);
  });

  it('reports all mistakes at once, and quotes no value', async () => {
    const wrong = `
endpoints: {nothing: "https://x.example", sts: "ftp://x.example", ecr: "https://user:CANARY@x.example"}
realms: ["https://auth.example.com"]
networks: [10.0.0.0]
ambientIdentity: "yes"
disabledProviders: [quay]
colour: blue
`;

    await assert.rejects(parseOperatorConfig(wrong), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.mistakes.length, 8);
      assert.ok(error.mistakes.every((mistake) => mistake.startsWith('--config: ')));
      assert.doesNotMatch(error.message, /CANARY/);
      return true;
    });
  });

  it('takes no list, text or number where a map belongs', async () => {
    for (const name of ['endpoints', 'registries'])
      for (const value of ['[https://sts.example.com]', 'registry.example.com', '1'])
        await assert.rejects(parseOperatorConfig(`${name}: ${value}`), new RegExp(`${name}: give a map`));
  });

  it('says where a file is no YAML', async () => {
    await assert.rejects(parseOperatorConfig('a: [1'), /--config: the file is no YAML/);
    await assert.rejects(parseOperatorConfig('- a'), /must hold a map/);
    assert.equal((await parseOperatorConfig('# nothing yet')).ambientIdentity, true);
  });
});
