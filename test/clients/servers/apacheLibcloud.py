"""The life of a server by Apache Libcloud: built from the image `base`, imaged, changed, deleted."""
import os
import time
from urllib.parse import urlsplit

from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

authentication = urlsplit(os.environ['OS_AUTH_URL'])
driver = get_driver(Provider.OPENSTACK)(
    os.environ['OS_USERNAME'],
    os.environ['OS_PASSWORD'],
    api_version='2.2',
    ex_force_auth_url=f'{authentication.scheme}://{authentication.netloc}',  # it adds the path itself
    ex_force_auth_version='3.x_password',
    ex_tenant_name=os.environ['OS_PROJECT_NAME'],
    ex_domain_name='Default',
    ex_force_service_region=os.environ['OS_REGION_NAME'],
)
sizes = {size.name: size for size in driver.list_sizes()}
base = next(image for image in driver.list_images() if image.name == 'base')
networks = [network for network in driver.ex_list_networks() if network.name == 'shared-net']


def until(holds, node):
    for _ in range(300):
        node = driver.ex_get_node_details(node.id)
        if node is None or holds(node):
            return node
        time.sleep(0.2)
    raise AssertionError(f'{node} {node.extra}')


def is_idle(state):
    return lambda node: node.state == state and node.extra['task_state'] is None


node = driver.create_node(
    name='web', size=sizes['m1.tiny'], image=base, networks=networks, ex_metadata={'a': 'b'})
driver.wait_until_running([node], wait_period=0.2, timeout=60, ssh_interface='private_ips')
node = until(is_idle(NodeState.RUNNING), node)
assert node.private_ips[0].startswith('10.77.'), node

taken = driver.create_image(node, 'taken', metadata={'of': 'web'})
node = until(is_idle(NodeState.RUNNING), node)
taken = driver.get_image(taken.id)
assert taken.extra['status'] == 'active' and taken.name == 'taken', taken.extra

assert driver.ex_set_metadata(node, {'a': 'b', 'team': 'blue'}) == {'a': 'b', 'team': 'blue'}
assert driver.ex_get_metadata(node) == {'a': 'b', 'team': 'blue'}
for status, metadata in ((400, {'k' * 256: 'x'}), (403, {f'k{n}': 'x' for n in range(129)})):
    try:
        driver.ex_set_metadata(node, metadata)
    except BaseHTTPError as refusal:
        assert refusal.code == status, refusal
    else:
        raise AssertionError('metadata was not refused')

assert driver.reboot_node(node)
node = until(is_idle(NodeState.RUNNING), node)
assert driver.ex_resize(node, sizes['m1.small'])
node = until(lambda node: node.extra['vm_state'] == 'resized', node)
assert driver.ex_confirm_resize(node)
node = until(lambda node: node.extra['vm_state'] == 'active', node)
assert node.extra['flavorId'] == sizes['m1.small'].id, node.extra
try:
    driver.ex_rebuild(node, taken)
except BaseHTTPError as refusal:  # it sends a member that Nova does not know
    assert refusal.code == 400 and 'Additional properties' in refusal.message, refusal
else:
    raise AssertionError('the rebuild was not refused')
assert driver.ex_stop_node(node)
node = until(is_idle(NodeState.STOPPED), node)
assert driver.ex_start_node(node)
node = until(is_idle(NodeState.RUNNING), node)
assert [one.name for one in driver.list_nodes()] == ['web']
assert driver.destroy_node(node)
until(lambda node: False, node)
assert driver.delete_image(taken)
