"""The life of a server by openstacksdk: built from the image `base`, imaged, changed, deleted."""
import openstack
from openstack import exceptions

cloud = openstack.connect()
compute = cloud.compute
base = cloud.image.find_image('base', ignore_missing=False)
small, tiny = compute.find_flavor('m1.small'), compute.find_flavor('m1.tiny')
network = cloud.network.find_network('shared-net')


def wait(server, status='ACTIVE'):
    return compute.wait_for_server(server, status=status, interval=0.2, wait=60)


def refuse(status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except exceptions.HttpException as refusal:
        assert refusal.status_code == status, refusal
    else:
        raise AssertionError(f'{call.__name__} was not refused')


server = compute.create_server(
    name='web', image_id=base.id, flavor_id=tiny.id, networks=[{'uuid': network.id}], metadata={'a': 'b'})
server = wait(server)
assert server.addresses['shared-net'][0]['addr'].startswith('10.77.'), server.addresses
refuse(400, compute.create_server, name='web', image_id='nothing', flavor_id=tiny.id, networks='auto')

taken = compute.create_server_image(server, 'taken', metadata={'of': 'web'}, wait=True, timeout=60)
assert taken.status == 'active' and taken.instance_uuid == server.id, taken
assert taken.properties['of'] == 'web' and taken.properties['base_image_ref'] == base.id, taken
mine = [image.id for image in compute.images(server=server.id)]
assert mine == [taken.id], mine

compute.set_server_metadata(server, team='blue')
assert compute.get_server_metadata(server).metadata == {'a': 'b', 'team': 'blue'}
refuse(400, compute.set_server_metadata, server, **{'k' * 256: 'x'})
refuse(403, compute.set_server_metadata, server, **{f'k{n}': 'x' for n in range(128)})
compute.delete_server_metadata(server, ['team'])
assert compute.get_server_metadata(server).metadata == {'a': 'b'}

server = compute.rebuild_server(server, name='web2', image=taken.id, admin_password='secret')
server = wait(server)
assert server.name == 'web2' and server.image.id == taken.id, server
compute.resize_server(server, small.id)
server = wait(server, 'VERIFY_RESIZE')
compute.confirm_server_resize(server)
server = wait(server)
assert server.flavor.original_name == 'm1.small', server.flavor
compute.stop_server(server)
server = wait(server, 'SHUTOFF')
refuse(409, compute.stop_server, server)
compute.start_server(server)
server = wait(server)
compute.reboot_server(server, 'HARD')
server = wait(server)
compute.delete_server(server)
compute.wait_for_delete(server, interval=0.2, wait=60)

# The same from the cloud layer, which looks names up itself.
cloud.create_server('cloudy', image='taken', flavor='m1.small', network='shared-net', auto_ip=False, wait=True)
snapshot = cloud.create_image_snapshot('snapshot', 'cloudy', wait=True)
assert snapshot.status == 'active', snapshot
assert cloud.delete_server('cloudy', wait=True)
assert list(compute.servers()) == []
for image in (taken, snapshot):
    cloud.image.delete_image(image.id)
