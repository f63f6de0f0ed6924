import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import type { Caller } from './harness.ts';
import { base, expectFault, noId, order } from './networkAsking.ts';
import { withUsers } from './plain.ts';

test('an account makes, changes and deletes security groups and rules', async () => {
  await withUsers(async ({ owner, partner, admin }) => {
    const web = await order(owner, 'security_group', { name: 'web', description: 'sites' });
    assert.partialDeepStrictEqual(web, {
      name: 'web',
      description: 'sites',
      stateful: true,
      revision_number: 1,
    });
    const out = (web['security_group_rules'] as JsonObject[]).map(({ direction, ethertype }) => [
      direction,
      ethertype,
    ]);
    assert.deepEqual(out, [
      ['egress', 'IPv4'],
      ['egress', 'IPv6'],
    ]);
    const path = `${base}/security-groups/${web['id']}`;
    const changed = await owner.ask('PUT', path, { security_group: { name: 'sites' } });
    assert.partialDeepStrictEqual(changed.json, { security_group: { name: 'sites', revision_number: 2 } });
    const unchanged = await owner.ask('PUT', path, { security_group: { name: 'sites' } });
    assert.partialDeepStrictEqual(unchanged.json, { security_group: { revision_number: 2 } });

    const rows: readonly [wanted: JsonObject, kept: JsonObject][] = [
      [
        { protocol: 'TCP', port_range_min: '80', port_range_max: 81 },
        { protocol: 'tcp', port_range_min: 80 },
      ],
      [
        { protocol: 6, port_range_min: 1, port_range_max: 65_535 },
        { protocol: '6', port_range_max: null },
      ],
      [
        { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
        { port_range_min: 8, port_range_max: 0 },
      ],
      [{ remote_ip_prefix: '10.1.2.3' }, { remote_ip_prefix: '10.1.2.3/32', normalized_cidr: '10.1.2.3/32' }],
      [
        { remote_ip_prefix: '10.1.2.3/20' },
        { remote_ip_prefix: '10.1.2.3/20', normalized_cidr: '10.1.0.0/20' },
      ],
      [
        { ethertype: 'ipv6', remote_ip_prefix: '2001:DB8:0:0::77/33' },
        { ethertype: 'IPv6', remote_ip_prefix: '2001:db8::77/33', normalized_cidr: '2001:db8::/33' },
      ],
      [{ ethertype: 'IPv6', protocol: 'icmpv6' }, { protocol: 'ipv6-icmp' }],
      [
        { remote_group_id: web['id'] ?? null },
        { remote_group_id: web['id'] ?? null, remote_ip_prefix: null },
      ],
    ];
    for (const [wanted, kept] of rows) {
      const about = { security_group_id: web['id'] ?? null, direction: 'ingress' };
      const made = await order(owner, 'security_group_rule', { ...about, ...wanted });
      assert.partialDeepStrictEqual(made, { ...about, ...kept, description: '' });
    }
    const list = async (as: Caller, query: string) =>
      (await as.ask('GET', `${base}/security-group-rules?${query}`)).json[
        'security_group_rules'
      ] as JsonObject[];
    assert.equal((await list(owner, `security_group_id=${web['id']}`)).length, rows.length + 2);
    assert.equal((await list(owner, 'protocol=tcp&port_range_min=80&fields=id')).length, 1);
    assert.equal((await list(partner, `security_group_id=${web['id']}`)).length, 0);
    assert.equal((await list(admin, `security_group_id=${web['id']}&direction=egress`)).length, 2);

    const [rule] = await list(owner, 'port_range_min=80');
    const described = await owner.ask('PUT', `${base}/security-group-rules/${rule?.['id']}`, {
      security_group_rule: { description: 'http' },
    });
    assert.partialDeepStrictEqual(described.json, { security_group_rule: { description: 'http' } });
    assert.equal((await owner.ask('DELETE', `${base}/security-group-rules/${rule?.['id']}`)).status, 204);
    assert.equal((await owner.ask('DELETE', path)).status, 204);
    assert.equal((await list(owner, `security_group_id=${web['id']}`)).length, 0);

    const two = await owner.ask('POST', `${base}/security-groups`, {
      security_groups: [{ name: 'a' }, { name: 'a' }],
    });
    assert.equal((two.json['security_groups'] as JsonObject[]).length, 2, 'a name may be there twice');
  });
});

test('groups and rules are refused in the words of Neutron', async () => {
  await withUsers(async ({ owner, partner, admin }) => {
    const { id } = await order(owner, 'security_group', { name: 'web' });
    const theirs = await order(partner, 'security_group', { name: 'web' });
    const rule = await order(owner, 'security_group_rule', {
      ...{ security_group_id: id ?? null, direction: 'ingress' },
      ...{ protocol: 'tcp', port_range_min: 22, port_range_max: 22 },
    });
    const listed = await owner.ask('GET', `${base}/security-groups?name=default`);
    const [usual] = listed.json['security_groups'] as JsonObject[];
    const [own, others] = [`/security-groups/${id}`, `/security-groups/${theirs['id']}`];
    const long = 'x'.repeat(256);
    const missing = (of: Json | undefined) =>
      [404, 'SecurityGroupNotFound', `Security group ${String(of)} does not exist`] as const;
    const bad = (message: string) => [400, 'HTTPBadRequest', message] as const;
    const twice = [
      409,
      'SecurityGroupDefaultAlreadyExists',
      'Default security group already exists.',
    ] as const;

    for (const [wanted, refused] of [
      [{ name: 5 }, bad("Invalid input for name. Reason: '5' is not a valid string.")],
      [{ name: long }, bad(`Invalid input for name. Reason: '${long}' exceeds maximum length of 255.`)],
      [{ name: 'Default' }, twice],
      [{ name: 'a', colour: 1 }, bad("Unrecognized attribute(s) 'colour'")],
      [{ name: 'a', id: 'x' }, bad("Attribute 'id' not allowed in POST")],
      [
        { name: 'a', tenant_id: '100002' },
        bad(
          "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
        ),
      ],
    ] as const)
      await expectFault(owner, 'POST', '/security-groups', { security_group: wanted }, refused);
    await expectFault(owner, 'POST', '/security-groups', {}, bad('Resource body required'));
    await expectFault(
      owner,
      'POST',
      '/security-groups',
      { x: 1 },
      bad("Unable to find 'security_group' in request body"),
    );
    const rename = { security_group: { name: 'x' } };
    await expectFault(owner, 'PUT', others, rename, missing(theirs['id']));
    await expectFault(owner, 'DELETE', others, undefined, missing(theirs['id']));
    await expectFault(owner, 'GET', others, undefined, missing(theirs['id']));
    await expectFault(
      owner,
      'PUT',
      own,
      { security_group: { tenant_id: '1' } },
      bad('Cannot update read-only attribute tenant_id'),
    );
    const usualPath = `/security-groups/${usual?.['id']}`;
    await expectFault(owner, 'PUT', usualPath, rename, [
      409,
      'SecurityGroupCannotUpdateDefault',
      'Updating default security group not allowed.',
    ]);
    await expectFault(owner, 'DELETE', usualPath, undefined, [
      409,
      'SecurityGroupCannotRemoveDefault',
      'Insufficient rights for removing default security group.',
    ]);

    const ports = 'For TCP/UDP protocols, port_range_min must be <= port_range_max';
    for (const [wanted, refused] of [
      [
        { protocol: 'tcp', port_range_min: 22, port_range_max: 22, description: 'again' },
        [409, 'SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${rule['id']}.`],
      ],
      [{ direction: 'in' }, bad('Invalid input for direction. Reason: in is not in valid_values.')],
      [
        { protocol: 'tcp', port_range_min: 9, port_range_max: 8 },
        [400, 'SecurityGroupInvalidPortRange', ports],
      ],
      [{ protocol: 'tcp', port_range_min: 9 }, [400, 'SecurityGroupInvalidPortRange', ports]],
      [
        { protocol: 'tcp', port_range_min: -1 },
        [400, 'SecurityGroupInvalidPortValue', 'Invalid value for port -1'],
      ],
      [
        { protocol: 'udp', port_range_min: 0, port_range_max: 8 },
        [400, 'SecurityGroupInvalidPortValue', 'Invalid value for port 0'],
      ],
      [
        { port_range_min: 8, port_range_max: 8 },
        [400, 'SecurityGroupProtocolRequiredWithPorts', 'Must also specify protocol if port range is given.'],
      ],
      [
        { protocol: 'gre', port_range_min: 8, port_range_max: 8 },
        [
          400,
          'SecurityGroupInvalidProtocolForPort',
          'Ports cannot be specified for protocol 47. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.',
        ],
      ],
      [
        { protocol: 'icmp', port_range_min: 8, port_range_max: 256 },
        [
          400,
          'SecurityGroupInvalidIcmpValue',
          'Invalid value for ICMP code (port_range_max) 256. It must be 0 to 255.',
        ],
      ],
      [
        { protocol: 'icmp', port_range_max: 8 },
        [
          400,
          'SecurityGroupMissingIcmpType',
          'ICMP code (port-range-max) 8 is provided but ICMP type (port-range-min) is missing.',
        ],
      ],
      [
        { protocol: 'icmpv6' },
        [400, 'SecurityGroupEthertypeConflictWithProtocol', 'Invalid ethertype IPv4 for protocol icmpv6.'],
      ],
      [
        { ethertype: 'ip' },
        [
          400,
          'SecurityGroupRuleInvalidEtherType',
          "Security group rule for ethertype 'ip' not supported. Allowed values are ['IPv4', 'IPv6'].",
        ],
      ],
      [
        { remote_ip_prefix: '10.0.0.0/33' },
        [400, 'InvalidCIDR', 'Invalid CIDR 10.0.0.0/33 given as IP prefix.'],
      ],
      [
        { remote_ip_prefix: '::/0' },
        [400, 'SecurityGroupRuleParameterConflict', 'Conflicting value ethertype IPv4 for CIDR ::/0'],
      ],
      [{ remote_group_id: theirs['id'] ?? null }, missing(theirs['id'])],
      [{ security_group_id: theirs['id'] ?? null }, missing(theirs['id'])],
      [{ security_group_id: noId }, missing(noId)],
      [
        { remote_group_id: id ?? null, remote_ip_prefix: '10.0.0.0/8' },
        [
          400,
          'SecurityGroupMultipleRemoteEntites',
          'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
        ],
      ],
    ] as const satisfies readonly (readonly [JsonObject, readonly [number, string, string]])[]) {
      const about = { security_group_id: id ?? null, direction: 'ingress' };
      await expectFault(
        owner,
        'POST',
        '/security-group-rules',
        { security_group_rule: { ...about, ...wanted } },
        refused,
      );
    }
    const rules = `/security-group-rules/${rule['id']}`;
    const unknown = [404, 'HTTPNotFound', 'The resource could not be found.'] as const;
    for (const method of ['GET', 'DELETE']) await expectFault(partner, method, rules, undefined, unknown);
    await expectFault(owner, 'DELETE', '/security-group-rules/none', undefined, [
      404,
      'SecurityGroupRuleNotFound',
      'Security group rule none does not exist',
    ]);

    const quota = { quota: { security_group: 2 } };
    await expectFault(owner, 'PUT', '/quotas/100001', quota, [
      403,
      'PolicyNotAuthorized',
      'rule:update_quota is disallowed by policy',
    ]);
    assert.equal((await admin.ask('PUT', `${base}/quotas/100001`, quota)).status, 200);
    await expectFault(owner, 'POST', '/security-groups', { security_group: { name: 'more' } }, [
      409,
      'OverQuota',
      "Quota exceeded for resources: ['security_group'].",
    ]);
    assert.equal((await admin.ask('DELETE', `${base}/quotas/100001`)).status, 204);
    await order(owner, 'security_group', { name: 'more' });
  });
});
