import assert from 'node:assert/strict';
import { grantFor } from '../../src/verification/grants.ts';

describe('the grant that a pull lacks', () => {
  for (const [provider, grant] of [
    ['ecr', /ecr:BatchGetImage .*repository/],
    ['gar', /roles\/artifactregistry\.reader/],
    ['acr', /AcrPull, .*ABAC mode Container Registry Repository Reader/],
    ['icr', /Reader on namespace team of Container Registry/],
    ['ocir', /read repos in its compartment/],
  ] as const)
    it(`is named in the words of ${provider}`, () => {
      assert.match(grantFor({ provider, repository: 'team/app' }) ?? '', grant);
    });

  it('names no namespace where no repository was tried', () => {
    assert.equal(grantFor({ provider: 'icr', repository: undefined }), 'Reader on Container Registry');
  });

  it('is not known of a login that somebody wrote down', () => {
    assert.equal(grantFor({ provider: 'static', repository: 'team/app' }), undefined);
  });
});
