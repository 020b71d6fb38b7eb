import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { isNetwork, mayReach, networksOf } from '../../src/lib/addresses.ts';

const none = new BlockList();

describe('addresses', () => {
  for (const address of [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::a9fe:a9fe',
    '::ffff:0:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::127.0.0.1',
    '64:ff9b::1',
    '64:ff9b:1::a9fe:a9fe',
    '2001:0:a9fe:a9fe::1',
    '2002:a9fe:a9fe::1',
    '168.63.129.16',
    'fd00:ec2::254',
    'nonsense',
  ]) {
    it(`F90: never reaches ${address}, whoever owns the name`, () => {
      assert.ok(!mayReach(address, 'provider', none));
      assert.ok(!mayReach(address, 'public', none));
    });
  }

  for (const address of [
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fc00::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::a00:1',
    '64:ff9b::10.0.0.1',
    'fec0::1',
  ]) {
    it(`F90: reaches ${address} behind a provider's name, not behind a tenant's`, () => {
      assert.ok(mayReach(address, 'provider', none));
      assert.ok(!mayReach(address, 'public', none));
    });
  }

  it('reaches public addresses', () => {
    for (const address of ['8.8.8.8', '2001:4860:4860::8888', '::ffff:8.8.8.8', '64:ff9b::808:808', '64:ff9b::8.8.8.8'])
      assert.ok(mayReach(address, 'public', none));
  });

  it('reaches what the operator allows', () => {
    const allowed = networksOf(['10.0.0.0/8', '127.0.0.1/32']);
    assert.ok(mayReach('10.1.2.3', 'public', allowed));
    assert.ok(mayReach('127.0.0.1', 'public', allowed));
    assert.ok(!mayReach('192.168.0.1', 'public', allowed));
  });

  it('reaches metadata addresses for metadata alone', () => {
    assert.ok(mayReach('169.254.169.254', 'metadata', none));
    assert.ok(mayReach('169.254.170.23', 'metadata', none));
    assert.ok(!mayReach('8.8.8.8', 'metadata', none));
  });

  it('reads CIDRs, and nothing that only looks like one', () => {
    for (const wrong of ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'a/8', '10.0.0.0/', '10.0.0.0/-1'])
      assert.ok(!isNetwork(wrong), wrong);
  });
});
