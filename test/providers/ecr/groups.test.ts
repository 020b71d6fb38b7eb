import assert from 'node:assert/strict';
import type { EcrSpec } from '../../../src/api/registry-credential.ts';
import { ecr } from '../../../src/providers/ecr/index.ts';
import { groupKeys } from '../../support/group-keys.ts';
import { HOST, keyAuth, keys, keySpec, NODE, PULL, TENANT, webSpec } from './setting.ts';

const FIPS = '111122223333.dkr.ecr-fips.us-east-1.amazonaws.com';
const EAST = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const OTHER_ACCOUNT = '444455556666.dkr.ecr.eu-west-1.amazonaws.com/team-b';
const role = { roleARN: PULL };

describe('groups of ecr', () => {
  it('are one for each region, role and session policy, and one for each prefix that is refused', () => {
    const registries = [
      { prefix: HOST },
      { prefix: 'evil.example' },
      { prefix: EAST },
      { prefix: OTHER_ACCOUNT },
      { prefix: `${HOST}/b`, assumeRole: role },
      { prefix: `${HOST}/c`, assumeRole: role, repositories: ['c/*'] },
      { prefix: `${HOST}/d`, repositories: ['d/*'] },
    ];
    assert.deepEqual(
      ecr.groups?.({ registries, auth: keyAuth }).map(({ prefixes, endpoint }) => [prefixes, endpoint]),
      [
        [['evil.example'], undefined],
        [[`${HOST}/d`], undefined],
        [[HOST, OTHER_ACCOUNT], 'api.ecr.eu-west-1.amazonaws.com'],
        [[EAST], 'api.ecr.us-east-1.amazonaws.com'],
        [[`${HOST}/b`], 'api.ecr.eu-west-1.amazonaws.com'],
        [[`${HOST}/c`], 'api.ecr.eu-west-1.amazonaws.com'],
      ],
    );
  });

  it('share a key with other registries of the region', () => {
    assert.deepEqual(groupKeys('ecr', keySpec([OTHER_ACCOUNT])), groupKeys('ecr', keySpec([HOST, `${HOST}/team-a`])));
  });

  it('share a key whatever else a spec names', () => {
    const keysOfBoth = groupKeys('ecr', keySpec([HOST, EAST]));
    assert.deepEqual(keysOfBoth, [...groupKeys('ecr', keySpec([HOST])), ...groupKeys('ecr', keySpec([EAST]))]);
  });

  it('have keys of their own as soon as one field differs', () => {
    const roleWith = (parts: object): EcrSpec => keySpec([HOST], { assumeRole: { ...role, ...parts } });
    const narrowed = (parts: object): EcrSpec => ({
      ...webSpec({ registries: [{ prefix: HOST, ...parts }] }, TENANT),
    });
    const specs: readonly EcrSpec[] = [
      keySpec([HOST]),
      keySpec([EAST]),
      keySpec([FIPS]), // or a token would be asked for where it must not
      keySpec(['444455556666.dkr-ecr.eu-west-1.on.aws']),
      keySpec(['111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn']),
      keySpec(['public.ecr.aws']),
      keySpec([HOST], { auth: { accessKey: { secretRef: { name: 'other' }, keys } } }),
      keySpec([HOST], { auth: { accessKey: { secretRef: { name: 'aws' }, keys: { ...keys, secretAccessKey: 'x' } } } }),
      roleWith({}),
      roleWith({ roleARN: NODE }),
      roleWith({ externalID: 'one' }),
      roleWith({ externalID: 'other' }),
      roleWith({ sessionName: 'one' }),
      webSpec(),
      narrowed({}),
      narrowed({ repositories: ['team-a/*'] }),
      narrowed({ repositories: ['team-b/*'] }),
      narrowed({ prefix: OTHER_ACCOUNT, repositories: ['team-a/*'] }),
      narrowed({ assumeRole: role }),
    ];
    const all = specs.flatMap((spec) => groupKeys('ecr', spec));
    assert.deepEqual([all.length, new Set(all).size], [specs.length, specs.length]);
  });

  it('are asked for by one call each, and as a whole', () => {
    const spec = keySpec([EAST, FIPS, HOST]);
    const group = ecr.groups?.(spec).find(({ prefixes }) => prefixes.includes(FIPS));
    assert.deepEqual([group?.prefixes, group?.endpoint], [[EAST, FIPS], 'api.ecr-fips.us-east-1.amazonaws.com']);
    assert.deepEqual(ecr.groups?.(keySpec(group?.prefixes)), [group]);
  });
});
