import assert from 'node:assert/strict';
import { isKubeError, KubeError } from '../../src/kube/client.ts';

describe('KubeError', () => {
  it('says what was asked, what it means and what the server said', () => {
    const request = 'patch secrets "a" in namespace "b"';

    assert.equal(
      new KubeError({ kind: 'Forbidden', status: 403, request, detail: 'no' }).message,
      `Cannot ${request}: Forbidden (HTTP 403); no; a role must hold ` +
        '{apiGroups: [""], resources: ["secrets"], resourceNames: ["a"], verbs: ["patch"]}',
    );
    assert.equal(new KubeError({ kind: 'Fenced', status: 0, request }).message, `Cannot ${request}: Fenced`);
  });

  it('is told from other errors and by its kind', () => {
    const error = new KubeError({ kind: 'Conflict', status: 409, request: 'x' });

    assert.equal(isKubeError(error), true);
    assert.equal(isKubeError(error, 'Conflict', 'Invalid'), true);
    assert.equal(isKubeError(error, 'Invalid'), false);
    assert.equal(isKubeError(new Error('Conflict')), false);
  });
});
