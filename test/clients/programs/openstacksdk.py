"""Objects and images by openstacksdk: its proxies, and its cloud layer."""
import hashlib
import os
import time
import urllib.request

import openstack
from openstack import exceptions
from steps import check, refused, step

cloud = openstack.connect()
store, glance = cloud.object_store, cloud.image
on_openstack = os.environ['PROFILE'] == 'openstack'
text = b'some text'
NotFound = exceptions.ResourceNotFound

with step('set_account_metadata'):
    store.set_account_metadata(team='blue')
with step('get_account_metadata'):
    check(store.get_account_metadata().metadata.get('team') == 'blue', store.get_account_metadata().metadata)
with step('delete_account_metadata'):
    store.delete_account_metadata(['team'])
    check('team' not in store.get_account_metadata().metadata, store.get_account_metadata().metadata)
with step('create_container'):
    store.create_container(name='c')
with step('containers'):
    check([one.name for one in store.containers()] == ['c'], list(store.containers()))
with step('set_container_metadata'):
    store.set_container_metadata('c', color='red', read_ACL='.r:*')
with step('get_container_metadata'):
    container = store.get_container_metadata('c')
    check(container.metadata == {'color': 'red'} and container.read_ACL == '.r:*', container)
    check(container.object_count == 0 and container.timestamp, container)
with step('delete_container_metadata'):
    store.delete_container_metadata('c', ['color'])
    check(store.get_container_metadata('c').metadata == {}, store.get_container_metadata('c'))
with step('upload_object'):
    store.upload_object(container='c', name='folder/a.txt', data=text)
    store.upload_object(container='c', name='b.txt', data=b'b')
with step('upload_object of one name with accents'):
    store.upload_object(container='c', name='été ü.txt', data=b'e')
    check(store.download_object('été ü.txt', container='c') == b'e', 'other bytes')
    store.delete_object('été ü.txt', container='c')
with step('objects'):
    check([one.name for one in store.objects('c')] == ['b.txt', 'folder/a.txt'], list(store.objects('c')))
with step('objects by prefix'):
    check([one.name for one in store.objects('c', prefix='folder/')] == ['folder/a.txt'], 'others')
with step('objects by pages'):
    check([one.name for one in store.objects('c', limit=1)] == ['b.txt', 'folder/a.txt'], 'others')
with step('get_object'):
    check(store.get_object('folder/a.txt', container='c')['content_length'] == len(text), 'length')
with step('download_object'):
    check(store.download_object('folder/a.txt', container='c') == text, 'other bytes')
with step('stream_object'):
    check(b''.join(store.stream_object('folder/a.txt', container='c')) == text, 'other bytes')
with step('set_object_metadata'):
    store.set_object_metadata('folder/a.txt', container='c', season='winter', content_type='text/x-test')
with step('get_object_metadata'):
    found = store.get_object_metadata('folder/a.txt', container='c')
    check(found.metadata == {'season': 'winter'} and found.content_type == 'text/x-test', found)
    check(found.etag == hashlib.md5(text).hexdigest(), found.etag)
with step('delete_object_metadata'):
    store.delete_object_metadata('folder/a.txt', container='c', keys=['season'])
    found = store.get_object_metadata('folder/a.txt', container='c')
    check('season' not in found.metadata, found.metadata)
with step('set_object_metadata delete_after'):
    store.set_object_metadata('b.txt', container='c', delete_after='3600')
    found = store.get_object_metadata('b.txt', container='c')
    check(int(found.delete_at) > time.time() + 3000, found)
with step('get_info'):
    check(store.get_info().slo, store.get_info())
with step('generate_temp_url'):
    store.set_account_temp_url_key('secret')
    path = f'{store.get_endpoint()}/c/b.txt'
    signed = store.generate_temp_url('/' + path.split('/', 3)[3], 3600, 'GET', temp_url_key='secret')
    check(signed, signed)
with step('get_temp_url_key'):
    check(store.get_temp_url_key() == b'secret', store.get_temp_url_key())
with step('generate_form_signature'):
    check(store.generate_form_signature('c', 'x', 'http://x', 100, 1, 3600)[1], 'no signature')
with step('get_object_metadata of none'):
    with refused(NotFound):
        store.get_object_metadata('none', container='c')
with step('delete_container that is not empty'), refused(exceptions.ConflictException):
    store.delete_container('c')

with step('cloud.create_container'):
    cloud.create_container('cloudy', public=True)
with step('cloud.get_container_access'):
    check(cloud.get_container_access('cloudy') == 'public', 'not public')
with step('public object without a token'):
    cloud.create_object('cloudy', 'open.txt', data=text)
    url = f'{store.get_endpoint()}/cloudy/open.txt'
    check(urllib.request.urlopen(url).read() == text, 'other bytes')
with step('cloud.set_container_access'):
    cloud.set_container_access('cloudy', 'private')
    check(cloud.get_container_access('cloudy') == 'private', 'not private')
with step('cloud.update_container'):
    cloud.update_container('cloudy', {'X-Container-Meta-Shape': 'round'})
    check(cloud.get_container('cloudy', skip_cache=True).metadata.get('shape') == 'round', 'lost')
with step('cloud.list_containers'):
    check([one.name for one in cloud.list_containers()] == ['c', 'cloudy'], cloud.list_containers())
with step('cloud.search_containers'):
    check([one.name for one in cloud.search_containers('cloudy')] == ['cloudy'], 'others')
with step('cloud.get_object_capabilities'):
    check('slo' in cloud.get_object_capabilities(), cloud.get_object_capabilities())
with step('cloud.get_object_segment_size'):
    least = store.get_info().slo['min_segment_size']
    check(cloud.get_object_segment_size(0) >= least, cloud.get_object_segment_size(0))
data = os.urandom(2_500_000)
with open('large.bin', 'wb') as file:
    file.write(data)
for slo in (True, False):
    name = 'static' if slo else 'dynamic'
    with step(f'cloud.create_object {name}'):
        cloud.create_object('cloudy', name, filename='large.bin', segment_size=2**20, use_slo=slo)
    with step(f'download_object {name}'):
        check(store.download_object(name, container='cloudy') == data, 'other bytes')
    with step(f'cloud.is_object_stale {name}'):
        check(not cloud.is_object_stale('cloudy', name, 'large.bin'), 'is stale')
    with step(f'cloud.delete_object {name}'):
        check(cloud.delete_object('cloudy', name), 'not deleted')
with step('cloud.create_directory_marker_object'):
    cloud.create_directory_marker_object('cloudy', 'folder')
    found = store.get_object_metadata('folder', container='cloudy')
    check(found.content_type == 'application/directory', found)
with step('cloud.update_object'):
    cloud.update_object('cloudy', 'open.txt', metadata={'mood': 'good'})
    check(cloud.get_object_metadata('cloudy', 'open.txt').get('mood') == 'good', 'lost')
with step('cloud.get_object'):
    check(cloud.get_object('cloudy', 'open.txt')[1] == text.decode(), cloud.get_object('cloudy', 'open.txt'))
with step('cloud.list_objects'):
    check('open.txt' in [one.name for one in cloud.list_objects('cloudy')], cloud.list_objects('cloudy'))
with step('cloud.search_objects'):
    check([one.name for one in cloud.search_objects('cloudy', 'open.txt')] == ['open.txt'], 'others')
with step('cloud.stream_object'):
    check(b''.join(cloud.stream_object('cloudy', 'open.txt')) == text, 'other bytes')
with step('delete_object'):
    for container in list(store.containers()):
        for one in list(store.objects(container)):
            store.delete_object(one, container=container.name)
with step('delete_container'):
    for container in list(store.containers()):
        store.delete_container(container)
    check(list(store.containers()) == [], list(store.containers()))

given = os.environ['IMAGE']
with step('images'):
    check(given in [image.id for image in glance.images()], list(glance.images()))
with step('images by name and sort'):
    found = list(glance.images(name='given', sort='created_at:desc'))
    check([image.id for image in found] == [given], found)
with step('images by pages'):
    check(given in [image.id for image in glance.images(limit=1)], 'not found')
with step('find_image'):
    check(glance.find_image('given').id == given, glance.find_image('given'))
with step('get_image'):
    image = glance.get_image(given)
    check(image.status == 'active' and image.name == 'given', image)
with step('update_image'):
    image = glance.update_image(given, name='renamed', min_ram=512, vm_mode='hvm')
    check(image.name == 'renamed' and image.vm_mode == 'hvm', image)
with step('cloud.update_image_properties'):
    cloud.update_image_properties(name_or_id=given, team='blue')
    check(glance.get_image(given).properties['team'] == 'blue', glance.get_image(given).properties)
with step('add_tag'):
    glance.add_tag(given, 'web')
    check(glance.get_image(given).tags == ['web'], glance.get_image(given).tags)
with step('remove_tag'):
    glance.remove_tag(given, 'web')
    check(glance.get_image(given).tags == [], glance.get_image(given).tags)
with step('add_member'):
    if on_openstack:
        glance.update_image(given, visibility='shared')
    check(glance.add_member(given, member='100002').status == 'pending', 'not pending')
with step('members'):
    check([one.member_id for one in glance.members(given)] == ['100002'], list(glance.members(given)))
with step('find_member'):
    check(glance.find_member('100002', given).status == 'pending', 'not pending')
with step('get_member'):
    check(glance.get_member('100002', given).status == 'pending', 'not pending')
with step('update_member by the owner'), refused(exceptions.HttpException):
    glance.update_member('100002', given, status='accepted')
with step('remove_member'):
    glance.remove_member('100002', given)
    check(list(glance.members(given)) == [], list(glance.members(given)))
for schema in ('images', 'image', 'members', 'member', 'tasks', 'task'):
    with step(f'get_{schema}_schema'):
        check(getattr(glance, f'get_{schema}_schema')().properties, schema)
with step('wait_for_task' if not on_openstack else 'tasks are the administrator\'s'):
    if on_openstack:
        with refused(exceptions.HttpException):
            list(glance.tasks())
    else:
        check('import' in [task.type for task in glance.tasks()], list(glance.tasks()))
        task = glance.create_task(
            type='import', input={'import_from': 'none/none.vhd', 'image_properties': {'name': 'none'}})
        task = glance.wait_for_task(task, status='failure', failures=['success'], interval=1, wait=30)
        check('none' in task.message or task.message, task)
if on_openstack:
    with step('stores'):
        check([one.id for one in glance.stores()] == ['fast', 'slow'], list(glance.stores()))

if on_openstack:
    with step('create_image'):
        image = glance.create_image('made', filename='large.bin', container_format='bare', disk_format='raw',
                                    wait=True, validate_checksum=True, team='red', tags=['one'])
        check(glance.get_image(image.id).status == 'active', image)
    with step('create_image with the checksums known is not repeated'):
        glance.create_image('made', filename='large.bin', container_format='bare', disk_format='raw',
                            wait=True, validate_checksum=True, allow_duplicates=False)
        check(len(list(glance.images(name='made'))) == 1, list(glance.images(name='made')))
    made = next(glance.images(name='made'))
    with step('download_image'):
        check(glance.download_image(made).content == data, 'other bytes')
    with step('download_image to a file'):
        glance.download_image(made, output='again.bin', stream=True)
        check(open('again.bin', 'rb').read() == data, 'other bytes')
    with step('deactivate_image'):
        glance.deactivate_image(made)
        check(glance.get_image(made).status == 'deactivated', glance.get_image(made))
    with step('reactivate_image'):
        glance.reactivate_image(made)
        check(glance.get_image(made).status == 'active', glance.get_image(made))
    with step('upload_image'):
        image = glance.upload_image(container_format='bare', disk_format='raw', data=text, name='made')
        check(glance.get_image(image.id).size == len(text), glance.get_image(image.id))
    with step('stage_image'):
        staged = glance.create_image('staged', container_format='bare', disk_format='raw')
        glance.stage_image(staged, data=text)
        check(glance.get_image(staged.id).status == 'uploading', glance.get_image(staged.id))
    with step('import_image'):
        glance.import_image(staged, method='glance-direct')
        for _ in range(50):
            if glance.get_image(staged.id).status == 'active':
                break
            time.sleep(0.1)
        check(glance.get_image(staged.id).status == 'active', glance.get_image(staged.id))
else:
    with step('create_image without a task'), refused(exceptions.HttpException):
        glance._create_image(name='made', container_format='bare', disk_format='vhd')
with step('protected image is not deleted'):
    glance.update_image(given, is_protected=True)
    with refused(exceptions.HttpException):
        glance.delete_image(given, ignore_missing=False)
    glance.update_image(given, is_protected=False)
with step('delete_image'):
    for image in list(glance.images(owner='100001')):
        glance.delete_image(image.id)
    check(list(glance.images(owner='100001')) == [], list(glance.images()))
with step('delete_image again'), refused(NotFound):
    glance.delete_image(given, ignore_missing=False)
with step('cloud.get_image of none'):
    check(cloud.get_image('none') is None, 'found')
