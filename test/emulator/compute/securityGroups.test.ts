import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../server/rules/json.ts';
import type { Caller } from '../harness.ts';
import { base, expectFault, noId, order } from '../networkAsking.ts';
import { withUsers } from '../plain.ts';
import { build, expectAnswer } from './asking.ts';

test('Nova shows and changes the groups of Neutron until 2.35', async () => {
  await withUsers(async ({ owner, partner }) => {
    const answer = await expectAnswer(
      owner,
      'POST /os-security-groups',
      [200, { security_group: { name: 'web', rules: [] } }],
      {
        body: { security_group: { name: 'web', description: '' } },
      },
    );
    const id = String((answer.json['security_group'] as JsonObject)['id']);
    const post = (status: number, content: Json | RegExp, more: JsonObject) =>
      expectAnswer(owner, 'POST /os-security-group-rules', [status, content], {
        body: { security_group_rule: { parent_group_id: id, ...more } },
      });
    const ssh = { ip_protocol: 'tcp', from_port: 22, to_port: 22 };
    await post(200, { security_group_rule: { ...ssh, group: {}, ip_range: { cidr: '0.0.0.0/0' } } }, ssh);
    await post(400, `This rule already exists in group ${id}`, ssh);
    await post(
      200,
      {
        security_group_rule: {
          from_port: 1,
          to_port: 65_535,
          group: { name: 'web', tenant_id: '100001' },
          ip_range: {},
        },
      },
      { ip_protocol: 'tcp', group_id: id },
    );
    await post(
      403,
      /Security group rule already exists\. Rule id is .*\\nNeutron server returns request_ids: \['req-/,
      { ip_protocol: 'tcp', group_id: id },
    );
    await post(
      200,
      { security_group_rule: { ip_protocol: 'icmp', from_port: -1, to_port: -1 } },
      { ip_protocol: 'icmp', from_port: -1, to_port: -1 },
    );
    await post(
      200,
      { security_group_rule: { ip_range: { cidr: '2001:db8::/32' } } },
      { ...ssh, cidr: '2001:db8::/32' },
    );
    await post(400, 'Invalid port range 23:22. Former value cannot be greater than the later', {
      ...ssh,
      from_port: 23,
    });
    await post(400, 'Invalid port range 22:65536. Valid TCP ports should be between 1-65535', {
      ...ssh,
      to_port: 65_536,
    });
    await post(400, 'Invalid IP protocol gre.', { ...ssh, ip_protocol: 'gre' });
    await post(400, 'Not enough parameters to build a valid rule.', {});
    await post(400, '10.0.0.0 is not a valid IP network.', { ...ssh, cidr: '10.0.0.0' });
    await post(400, 'Bad prefix for network in cidr 10.0.0.0/0', { ...ssh, cidr: '10.0.0.0/0' });
    await post(400, 'Security group id should be uuid', { ...ssh, parent_group_id: 'web' });
    await post(404, new RegExp(`Security group ${noId} does not exist`), { ...ssh, parent_group_id: noId });

    const listed = await expectAnswer(owner, 'GET /os-security-groups', [200]);
    const groups = listed.json['security_groups'] as JsonObject[];
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['default', 'web'],
    );
    const [, web] = groups;
    const rule = String((web?.['rules'] as JsonObject[] | undefined)?.[0]?.['id']);
    await expectAnswer(partner, `DELETE /os-security-group-rules/${rule}`, [404]);
    await expectAnswer(owner, `DELETE /os-security-group-rules/${rule}`, [202]);
    await expectAnswer(
      owner,
      `PUT /os-security-groups/${id}`,
      [400, 'description is not a string or unicode'],
      {
        body: { security_group: { name: 'x' } },
      },
    );
    await expectAnswer(owner, `PUT /os-security-groups/${id}`, [200, { security_group: { name: 'x' } }], {
      body: { security_group: { name: 'x', description: '' } },
    });
    await expectAnswer(partner, `DELETE /os-security-groups/${id}`, [404]);
    await expectAnswer(owner, `DELETE /os-security-groups/${groups[0]?.['id']}`, [
      400,
      /^.*Insufficient rights/s,
    ]);
    await expectAnswer(owner, `DELETE /os-security-groups/${id}`, [202]);
    await expectAnswer(owner, 'GET /os-security-groups', [404], { version: 36 });
  });
});

test('a server has the groups that it is built with, and those that are added', async () => {
  await withUsers(async ({ owner, partner }, emulator) => {
    const web = String((await order(owner, 'security_group', { name: 'web' }))['id']);
    const data = String((await order(owner, 'security_group', { name: 'data' }))['id']);
    const theirs = String((await order(partner, 'security_group', { name: 'theirs' }))['id']);
    for (const name of ['same', 'same']) await order(owner, 'security_group', { name });
    const server = await build(emulator, owner, { security_groups: [{ name: 'web' }, { name: data }] });
    const path = `/servers/${server}`;
    const shown = async () => {
      const { json } = await expectAnswer(owner, `GET ${path}`, [200]);
      const groups = (json['server'] as JsonObject)['security_groups'] as JsonObject[] | undefined;
      return groups?.map(({ name }) => name).sort();
    };
    const act = (as: Caller, action: string, name: string, status: number, message?: string | RegExp) =>
      expectAnswer(as, `POST ${path}/action`, message === undefined ? [status] : [status, message], {
        body: { [action]: { name } },
      });
    assert.deepEqual(await shown(), ['data', 'web']);
    await owner.ask('PUT', `${base}/security-groups/${data}`, { security_group: { name: 'store' } });
    assert.deepEqual(await shown(), ['store', 'web'], 'a new name is shown at once');

    await act(owner, 'addSecurityGroup', 'default', 202);
    assert.deepEqual(await shown(), ['default', 'store', 'web']);
    await act(owner, 'addSecurityGroup', 'default', 400, /Duplicate items in the list/);
    await act(owner, 'addSecurityGroup', 'none', 404, 'Security group none is not found for project 100001');
    await act(
      owner,
      'addSecurityGroup',
      theirs,
      404,
      `Security group ${theirs} is not found for project 100001`,
    );
    await act(
      owner,
      'addSecurityGroup',
      'same',
      409,
      "Multiple security_group matches found for name 'same', use an ID to be more specific.",
    );
    await act(owner, 'addSecurityGroup', ' ', 400, 'Security group name cannot be empty');
    await act(partner, 'addSecurityGroup', 'theirs', 404);
    await act(owner, 'removeSecurityGroup', 'same', 409);
    await act(owner, 'removeSecurityGroup', 'store', 202);
    await act(
      owner,
      'removeSecurityGroup',
      'store',
      404,
      `Security group store not associated with the instance ${server}`,
    );
    const listed = await expectAnswer(owner, `GET ${path}/os-security-groups`, [200]);
    assert.deepEqual(
      (listed.json['security_groups'] as JsonObject[]).map(({ name }) => name),
      ['default', 'web'],
    );

    const port = (
      (await owner.ask('GET', `${base}/ports?device_id=${server}`)).json['ports'] as JsonObject[]
    )[0];
    assert.ok(JSON.stringify(port?.['security_groups']).includes(web));
    await expectFault(owner, 'DELETE', `/security-groups/${web}`, undefined, [
      409,
      'SecurityGroupInUse',
      `Security Group ${web} in use.`,
    ]);
    await expectAnswer(owner, `DELETE /os-security-groups/${web}`, [
      400,
      new RegExp(`Security Group ${web} in use.`),
    ]);
    const ports = `/ports/${port?.['id']}`;
    await expectFault(owner, 'PUT', ports, { port: { security_groups: ['web'] } }, [
      400,
      'HTTPBadRequest',
      "Invalid input for security_groups. Reason: 'web' is not a valid UUID.",
    ]);
    await expectFault(owner, 'PUT', ports, { port: { security_groups: [theirs] } }, [
      404,
      'SecurityGroupNotFound',
      `Security group ${theirs} does not exist`,
    ]);
    const put = await owner.ask('PUT', `${base}${ports}`, { port: { security_groups: [] } });
    assert.equal(put.status, 200, put.text);
    assert.equal(await shown(), undefined);
    assert.equal((await owner.ask('DELETE', `${base}/security-groups/${web}`)).status, 204);

    const body = (name: string): JsonObject => ({
      server: { name: 'x', imageRef: noId, flavorRef: '1', security_groups: [{ name }] },
    });
    await expectAnswer(
      owner,
      'POST /servers',
      [400, "Unable to find security_group with name or id 'none'"],
      {
        body: {
          server: { ...(body('none')['server'] as JsonObject), imageRef: await imageOf(owner, server) },
        },
      },
    );
  });
});

async function imageOf(as: Caller, server: string): Promise<string> {
  const { json } = await expectAnswer(as, `GET /servers/${server}`, [200]);
  return String(((json['server'] as JsonObject)['image'] as JsonObject)['id']);
}
