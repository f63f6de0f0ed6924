# The life of a server by fog: built from the image `base`, imaged, changed, deleted.
require 'fog/openstack'

authentication = {
  :openstack_auth_url => ENV['OS_AUTH_URL'].sub(%r{/v3\z}, ''), # it adds the version itself
  :openstack_username => ENV['OS_USERNAME'],
  :openstack_api_key => ENV['OS_PASSWORD'],
  :openstack_project_name => ENV['OS_PROJECT_NAME'],
  :openstack_domain_id => 'default',
  :openstack_region => ENV['OS_REGION_NAME'],
}
# It would take the project's name, which is of digits, for a number, and Keystone refuses that.
[Fog::OpenStack::Compute, Fog::OpenStack::Network].each do |service|
  service.define_singleton_method(:coerce_options) { |options| options }
end
$compute = Fog::OpenStack::Compute.new(authentication)

def check(holds, found)
  raise "#{caller_locations(1, 1)[0].lineno}: #{found.inspect}" unless holds
end

def refuse(error)
  yield
rescue error
  nil
else
  raise "#{caller_locations(1, 1)[0].lineno}: not refused"
end

def await(server, state = 'ACTIVE')
  server.wait_for(60, 0.2) { self.state == state && os_ext_sts_task_state.nil? }
end

def flavor(name)
  $compute.flavors.find { |flavor| flavor.name == name }.id
end

base = $compute.images.find { |image| image.name == 'base' }
network = Fog::OpenStack::Network.new(authentication).networks.find { |one| one.name == 'shared-net' }
server = $compute.servers.create(
  :name => 'web', :image_ref => base.id, :flavor_ref => flavor('m1.tiny'),
  :nics => [{ :net_id => network.id }], :metadata => { 'a' => 'b' }
)
await(server)
check(server.addresses['shared-net'][0]['addr'].start_with?('10.77.'), server.addresses)

taken = server.create_image('taken', 'of' => 'web').body['image']['id']
await(server)
image = $compute.images.get(taken)
check(image.status == 'ACTIVE' && image.server['id'] == server.id, image)
mine = $compute.images.all('server' => server.id).map(&:id)
check(mine == [taken], mine)

server.metadata.update('team' => 'blue')
found = $compute.list_metadata('servers', server.id).body['metadata'] # its models mix keys and objects after a reload
check(found == { 'a' => 'b', 'team' => 'blue' }, found)
refuse(Excon::Error::BadRequest) { server.metadata.update('k' * 256 => 'x') }
refuse(Excon::Error::Forbidden) { server.metadata.update((0..128).to_h { |n| ["k#{n}", 'x'] }) }

server.rebuild(taken, 'web2')
await(server)
check(server.name == 'web2' && server.image['id'] == taken, server)
server.resize(flavor('m1.small'))
await(server, 'VERIFY_RESIZE')
server.confirm_resize
await(server)
check(server.flavor['id'] == flavor('m1.small'), server.flavor)
server.reboot('HARD')
await(server)
server.stop
await(server, 'SHUTOFF')
refuse(Excon::Error::Conflict) { server.stop }
server.start
await(server)
server.destroy
Fog.wait_for(60, 0.2) { $compute.servers.all.empty? }
$compute.delete_image(taken)
