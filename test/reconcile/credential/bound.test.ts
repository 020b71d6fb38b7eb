import assert from 'node:assert/strict';
import { bind } from '../../../src/providers/bind.ts';
import { providers } from '../../../src/providers/index.ts';
import { boundProvider, inputSecretsOf } from '../../../src/reconcile/credential/bound.ts';
import { clusterCredential } from '../../support/gen.ts';

const ports: Parameters<typeof boundProvider>[1] = { bind: (name, spec) => bind(providers, name, spec) };

describe('boundProvider', () => {
  it('knows the inputs that the spec names', () => {
    const inputs = boundProvider(clusterCredential(), ports)?.inputs() ?? {};

    assert.deepEqual(
      Object.values(inputs).map((ref) => ref?.kind === 'DockerConfig' && ref.name),
      ['source'],
    );
  });

  it('is nothing where this operator has no such provider', () => {
    assert.equal(boundProvider(clusterCredential(), { bind: () => undefined }), undefined);
  });
});

describe('inputSecretsOf', () => {
  it('names what the credential reads', () => {
    assert.deepEqual(inputSecretsOf(clusterCredential(), ports), ['source']);
  });

  it('names nothing of a spec that can not be read, nor of a provider that is not there', () => {
    assert.deepEqual(inputSecretsOf({ ...clusterCredential(), problem: 'no provider' }, ports), []);
    assert.deepEqual(inputSecretsOf(clusterCredential(), { bind: () => undefined }), []);
  });
});
