"""Objects and images by Apache Libcloud."""
import io
import os
import urllib.request
from urllib.parse import urlsplit

from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.drivers.openstack import OpenStack_2_ImageConnection, OpenStackComputeConnection
from libcloud.compute.providers import get_driver as get_compute
from libcloud.compute.types import Provider as Compute
from libcloud.storage.providers import get_driver
from libcloud.storage.types import (ContainerDoesNotExistError, ContainerIsNotEmptyError,
                                    ObjectDoesNotExistError, Provider)
from steps import check, refused, step

address = urlsplit(os.environ['OS_AUTH_URL'])
root = f'{address.scheme}://{address.netloc}'
on_openstack = os.environ['PROFILE'] == 'openstack'
if os.environ['DRIVER'] == 'CLOUDFILES':
    driver = get_driver(Provider.CLOUDFILES)(
        'owner', os.environ['API_KEY'], region='dfw', ex_force_auth_url=root,
        ex_force_auth_version='2.0_apikey')
else:
    driver = get_driver(Provider.OPENSTACK_SWIFT)(
        'owner', 'emulator', ex_force_auth_url=root, ex_force_auth_version='3.x_password',
        ex_tenant_name='100001', ex_domain_name='Default', ex_force_service_region=os.environ['OS_REGION_NAME'],
        ex_force_service_type='object-store',
        ex_force_service_name='swift' if on_openstack else 'cloudFiles')
with open('a.bin', 'wb') as file:
    file.write(os.urandom(100_000))
content = open('a.bin', 'rb').read()

with step('list_containers of none'):
    check(driver.list_containers() == [], driver.list_containers())
with step('create_container'):
    driver.create_container('c')
with step('list_containers'):
    check([one.name for one in driver.list_containers()] == ['c'], driver.list_containers())
with step('get_container'):
    check(driver.get_container('c').extra['object_count'] == 0, driver.get_container('c').extra)
with step('get_container of none'), refused(ContainerDoesNotExistError):
    driver.get_container('none')
container = driver.get_container('c')
with step('upload_object'):
    one = driver.upload_object('a.bin', container, 'folder/a.bin', extra={'meta_data': {'Team': 'blue'}})
    check(one.size == len(content), one)
with step('upload_object with a checksum'):
    driver.upload_object('a.bin', container, 'b.bin', verify_hash=True)
with step('upload_object_via_stream'):
    driver.upload_object_via_stream(io.BytesIO(b'onetwo'), container, 'c.txt',
                                    extra={'content_type': 'text/plain'})
with step('get_object'):
    one = driver.get_object('c', 'folder/a.bin')
    check(one.meta_data == {'team': 'blue'} and one.size == len(content), one.meta_data)
with step('get_object of none'), refused(ObjectDoesNotExistError):
    driver.get_object('c', 'none')
with step('list_container_objects'):
    names = [one.name for one in driver.list_container_objects(container)]
    check(names == ['b.bin', 'c.txt', 'folder/a.bin'], names)
with step('list_container_objects by prefix'):
    names = [one.name for one in driver.list_container_objects(container, prefix='folder/')]
    check(names == ['folder/a.bin'], names)
with step('download_object'):
    check(driver.download_object(one, 'again.bin', overwrite_existing=True), 'not saved')
    check(open('again.bin', 'rb').read() == content, 'other bytes')
with step('download_object_as_stream'):
    check(b''.join(driver.download_object_as_stream(one)) == content, 'other bytes')
with step('download_object_range'):
    check(driver.download_object_range(one, 'part.bin', start_bytes=10, end_bytes=20), 'not saved')
    check(open('part.bin', 'rb').read() == content[10:20], 'other bytes')
with step('download_object_range_as_stream'):
    check(b''.join(driver.download_object_range_as_stream(one, 99_000)) == content[99_000:], 'other bytes')
with step('ex_multipart_upload_object'):
    large = driver.ex_multipart_upload_object('a.bin', container, 'large.bin', chunk_size=33_000,
                                              verify_hash=False)  # it reads its stream once only
    check(b''.join(driver.download_object_as_stream(driver.get_object('c', 'large.bin'))) == content, large)
with step('ex_get_meta_data'):
    found = driver.ex_get_meta_data()
    check(found['container_count'] == 1 and found['bytes_used'] > 0, found)
with step('ex_set_account_metadata_temp_url_key'):
    check(driver.ex_set_account_metadata_temp_url_key('secret'), 'not set')
    check(driver.ex_get_meta_data()['temp_url_key'] == 'secret', driver.ex_get_meta_data())
with step('ex_get_object_temp_url'):
    url = driver.ex_get_object_temp_url(driver.get_object('c', 'b.bin'), timeout=600)
    url = root + url.removeprefix(f'https://{address.hostname}')  # it knows one scheme and port
    check(urllib.request.urlopen(url).read() == content, 'other bytes')
with step('ex_enable_static_website'):
    driver.ex_enable_static_website(container)  # it does not take Swift's 204 for a success
with step('ex_set_error_page'):
    driver.ex_set_error_page(container)
if os.environ['DRIVER'] == 'CLOUDFILES':
    with step('get_container_cdn_url of one not published'), refused(ContainerDoesNotExistError):
        driver.get_container_cdn_url(container)
with step('delete_container that is not empty'), refused(ContainerIsNotEmptyError):
    driver.delete_container(container)
with step('delete_object'):
    for one in driver.list_container_objects(container):
        check(driver.delete_object(one), one)
with step('delete_object again'), refused(ObjectDoesNotExistError):
    driver.delete_object(one)
with step('delete_container'):
    check(driver.delete_container(container), 'not deleted')
    for other in driver.list_containers():
        for one in other.list_objects():
            one.delete()
        other.delete()
    check(driver.list_containers() == [], driver.list_containers())

if not on_openstack:
    OpenStack_2_ImageConnection.service_name = 'cloudImages'  # as Rackspace names its Glance, and its Nova
    OpenStackComputeConnection.service_name = 'cloudServersOpenStack'
compute = get_compute(Compute.OPENSTACK)(
    'owner', 'emulator', api_version='2.2', ex_force_auth_url=root, ex_force_auth_version='3.x_password',
    ex_tenant_name='100001', ex_domain_name='Default', ex_force_service_region=os.environ['OS_REGION_NAME'])
given = os.environ['IMAGE']
with step('list_images'):
    check(given in [image.id for image in compute.list_images()], compute.list_images())
with step('get_image'):
    check(compute.get_image(given).name == 'given', compute.get_image(given))
image = compute.get_image(given)
with step('ex_update_image'):
    patch = [{'op': 'replace', 'path': '/name', 'value': 'renamed'}, {'op': 'add', 'path': '/team', 'value': 'blue'}]
    check(compute.ex_update_image(given, patch).name == 'renamed', 'not renamed')
    check(compute.get_image(given).name == 'renamed', compute.get_image(given))
if on_openstack:
    compute.ex_update_image(given, [{'op': 'replace', 'path': '/visibility', 'value': 'shared'}])
with step('ex_create_image_member'):
    check(compute.ex_create_image_member(given, '100002').state == 'pending', 'not pending')
with step('ex_list_image_members'):
    check([one.id for one in compute.ex_list_image_members(given)] == ['100002'], 'others')
with step('ex_get_image_member'):
    check(compute.ex_get_image_member(given, '100002').state == 'pending', 'not pending')
with step('ex_accept_image_member by the owner'), refused(BaseHTTPError):
    compute.ex_accept_image_member(given, '100002')
with step('delete_image'):
    check(compute.delete_image(image), 'not deleted')
with step('get_image of none'), refused(BaseHTTPError):
    compute.get_image(given)
