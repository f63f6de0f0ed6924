# Objects and images by fog.
require 'fog/openstack'
require 'net/http'

authentication = {
  :openstack_auth_url => ENV['OS_AUTH_URL'].sub(%r{/v3\z}, ''), # it adds the version itself
  :openstack_username => ENV['OS_USERNAME'],
  :openstack_api_key => ENV['OS_PASSWORD'],
  :openstack_project_name => ENV['OS_PROJECT_NAME'],
  :openstack_domain_id => 'default',
  :openstack_region => ENV['OS_REGION_NAME'],
}
# It would take the project's name, which is of digits, for a number, and Keystone refuses that.
[Fog::OpenStack::Storage, Fog::OpenStack::Image::V2].each do |service|
  service.define_singleton_method(:coerce_options) { |options| options }
end

def step(name)
  yield
  puts "ok #{name}"
rescue StandardError => error
  puts "not ok #{name}: #{error.class} #{error.message} #{error.backtrace[0]}".tr("\n", ' ')
end

def check(holds, found)
  raise "found #{found.inspect}" unless holds
end

def refuse(error)
  yield
rescue error
  nil
else
  raise 'was not refused'
end

$storage = Fog::OpenStack::Storage.new(authentication.merge(:openstack_temp_url_key => 'secret'))
text = 'some text'
step('directories.all of none') { check($storage.directories.all.empty?, $storage.directories.all) }
step('directories.create') { check($storage.directories.create(:key => 'c').key == 'c', 'no key') }
step('directories.all') { check($storage.directories.all.map(&:key) == ['c'], $storage.directories.all) }
step('directories.get') { check($storage.directories.get('c').count.to_i.zero?, $storage.directories.get('c')) }
step('directories.get of none') { check($storage.directories.get('none').nil?, 'found') }
directory = $storage.directories.get('c')
step('files.create') do
  file = directory.files.create(:key => 'folder/a.txt', :body => text, :content_type => 'text/x-test',
                                :metadata => { :team => 'blue' })
  check(file.etag == Digest::MD5.hexdigest(text), file.etag)
end
step('files.get') do
  file = directory.files.get('folder/a.txt')
  check(file.body == text && file.content_type == 'text/x-test' && file.content_length == text.length, file)
end
step('files.head and metadata') do
  check(directory.files.head('folder/a.txt').metadata[:team] == 'blue', directory.files.head('folder/a.txt').metadata)
end
step('save metadata') do
  file = directory.files.head('folder/a.txt')
  file.metadata = { :season => 'winter' }
  file.save
  check(directory.files.head('folder/a.txt').metadata == { :season => 'winter' }, directory.files.head('folder/a.txt').metadata)
end
step('files.all') { check(directory.files.all.map(&:key) == ['folder/a.txt'], directory.files.all) }
step('files.all by prefix') { check($storage.directories.get('c').files.all(:prefix => 'none').empty?, 'others') }
step('files.get by blocks') do
  got = +''
  directory.files.get('folder/a.txt') { |chunk, _, _| got << chunk }
  check(got == text, got)
end
step('copy') do
  directory.files.get('folder/a.txt').copy('c', 'copy.txt')
  check(directory.files.get('copy.txt').body == text, 'other bytes')
end
step('files.create expiring') do
  directory.files.create(:key => 'short.txt', :body => 'x', :delete_after => 3600)
  check(directory.files.head('short.txt').delete_at.to_i > Time.now.to_i + 3000, 'no time')
end
step('post_set_meta_temp_url_key') { $storage.post_set_meta_temp_url_key('secret') }
step('files.get of a temporary address') do
  url = directory.files.get('copy.txt').url(Time.now + 600)
  check(Net::HTTP.get(URI(url.sub(%r{\Ahttps}, 'http'))) == text, url)
end
step('put_dynamic_obj_manifest') do
  2.times { |n| $storage.put_object('c', "parts/#{n}", "part #{n} ") }
  $storage.put_dynamic_obj_manifest('c', 'dynamic', 'X-Object-Manifest' => 'c/parts/')
  check($storage.get_object('c', 'dynamic').body == 'part 0 part 1 ', $storage.get_object('c', 'dynamic').body)
end
step('put_static_obj_manifest') do
  bytes = 'a' * 2**20 # the least that Cloud Files takes
  segments = Array.new(2) do |n|
    $storage.put_object('c', "large/#{n}", bytes)
    { :path => "c/large/#{n}", :etag => Digest::MD5.hexdigest(bytes), :size_bytes => bytes.length }
  end
  $storage.put_static_obj_manifest('c', 'static', segments)
  check($storage.get_object('c', 'static').body == bytes * 2, 'other bytes')
end
step('delete_static_large_object') do
  found = $storage.delete_static_large_object('c', 'static').body
  check(found['Response Status'] == '200 OK' && found['Number Deleted'] == 3, found)
end
step('head_containers') { check($storage.head_containers.headers['X-Account-Container-Count'].to_i == 1, 'count') }
step('get_containers by prefix') { check($storage.get_containers(:prefix => 'none').body == [], 'others') }
step('put_container public') { $storage.put_container('c', :public => true) }
step('destroy of a directory that is not empty') { refuse(Excon::Error::Conflict) { directory.destroy } }
# Its delete_multiple_objects calls URI.encode, which Ruby has no more.
step('files destroyed one by one') do
  directory.files.all.each(&:destroy)
  check(directory.files.all.empty?, directory.files.all)
end
step('file.destroy') { directory.files.create(:key => 'last', :body => 'x').destroy }
step('directory.destroy') do
  check(directory.destroy, 'not destroyed')
  check($storage.directories.all.empty?, $storage.directories.all)
end

$images = Fog::OpenStack::Image.new(authentication)
given = ENV['IMAGE']
on_openstack = ENV['PROFILE'] == 'openstack'
step('images.all') { check($images.images.all.map(&:id).include?(given), $images.images.all) }
step('images.find_by_id') { check($images.images.find_by_id(given).name == 'given', 'name') }
step('images.get of none') { check($images.images.get('none').nil?, 'found') }
step('images by name') { check($images.images.find_attribute(:name, 'given').map(&:id) == [given], 'others') }
image = $images.images.get(given)
step('update') do
  image.update(:name => 'renamed', :team => 'blue')
  found = $images.get_image_by_id(given).body
  check(found['name'] == 'renamed' && found['team'] == 'blue', found)
end
step('add_tag') do
  image.add_tag('web')
  check($images.images.get(given).tags == ['web'], $images.images.get(given).tags)
end
step('remove_tag') do
  image.remove_tag('web')
  check($images.images.get(given).tags == [], $images.images.get(given).tags)
end
image.update(:visibility => 'shared') if on_openstack
step('add_member') { check(image.add_member('100002').body['status'] == 'pending', 'not pending') }
step('members') { check(image.members.map { |one| one['member_id'] } == ['100002'], image.members) }
step('member') { check(image.member('100002')['status'] == 'pending', image.member('100002')) }
step('update_member by the owner') do
  refuse(Excon::Error::Forbidden) { $images.update_image_member(given, 'member_id' => '100002', 'status' => 'accepted') }
end
step('remove_member') do
  image.remove_member('100002')
  check(image.members.empty?, image.members)
end
if on_openstack
  step('images.create and upload_data') do
    made = $images.images.create(:name => 'made', :disk_format => 'raw', :container_format => 'bare')
    made.upload_data(StringIO.new(text))
    check($images.images.get(made.id).status == 'active', $images.images.get(made.id))
  end
  made = $images.images.find_attribute(:name, 'made')[0]
  step('download_data') { check(made.download_data == text, made.download_data) }
  step('deactivate') do
    made.deactivate
    check($images.images.get(made.id).status == 'deactivated', 'status')
  end
  step('reactivate') do
    made.reactivate
    check($images.images.get(made.id).status == 'active', 'status')
  end
  step('destroy of the made') { made.destroy }
else
  step('images.create without a task') do
    refuse(Excon::Error::Forbidden) { $images.images.create(:name => 'made', :disk_format => 'vhd', :container_format => 'ovf') }
  end
end
step('destroy') { check(image.destroy, 'not destroyed') }
step('images.get after that') { check($images.images.get(given).nil?, 'found') }
