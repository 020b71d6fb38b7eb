import assert from 'node:assert/strict';
import { ConfigError, environmentName, options, readConfig } from '../src/config.ts';

describe('config', () => {
  it('has defaults that work in a cluster', () => {
    const config = readConfig({}, {});

    assert.deepEqual(config.secretNames, ['regcred-managed']);
    assert.deepEqual(config.serviceAccountNames, ['default']);
    assert.equal(config.namespace, 'regcred-system');
    assert.equal(config.deletionGraceMs, 10_000);
    assert.equal(config.leaderElect, true);
    assert.equal(config.tenantInputs, 'consented');
  });

  it('takes each flag from the environment, and lets the flag win', () => {
    const environment = { REGCRED_NAMESPACE: 'from-environment', REGCRED_DELETION_GRACE: '5m' };

    const config = readConfig({ namespace: 'from-flag' }, environment);

    assert.equal(config.namespace, 'from-flag');
    assert.equal(config.deletionGraceMs, 300_000);
  });

  it('names every flag as REGCRED_ in the environment', () => {
    assert.deepEqual(
      Object.values(options)
        .map(({ flag }) => environmentName(flag))
        .slice(0, 4),
      ['REGCRED_KUBECONFIG', 'REGCRED_CONFIG', 'REGCRED_NAMESPACE', 'REGCRED_SECRET_NAMES'],
    );
  });

  it('reports all mistakes at once, each with its flag or variable and what is right', () => {
    const flags = { namespace: 'Not_A_Name', concurrency: '2', deletionGrace: 'soon', metricsAddress: ':70000' };
    const environment = { REGCRED_LOG_LEVEL: 'loud', REGCRED_LEADER_ELECT: 'yes' };

    assert.throws(
      () => readConfig(flags, environment),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.mistakes.length, 6);
        assert.match(error.message, /--namespace: "Not_A_Name" is not valid; give the name of a namespace/);
        assert.match(error.message, /REGCRED_LOG_LEVEL \(--log-level\): "loud"/);
        return true;
      },
    );
  });

  it('reads name lists without doubles, and * as all', () => {
    assert.deepEqual(readConfig({ secretNames: 'a, b,a' }, {}).secretNames, ['a', 'b']);
    assert.equal(readConfig({ serviceAccountNames: '*' }, {}).serviceAccountNames, '*');
    assert.throws(() => readConfig({ secretNames: 'a,,b' }, {}), ConfigError);
  });
});
