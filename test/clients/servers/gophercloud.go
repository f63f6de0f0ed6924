// The life of a server by gophercloud: built from the image `base`, imaged, changed, deleted.
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/extensions/startstop"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/images"
	"github.com/gophercloud/gophercloud/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/openstack/networking/v2/networks"
)

var compute, network *gophercloud.ServiceClient

func must(err error) {
	if err != nil {
		log.Output(2, err.Error())
		os.Exit(1)
	}
}

func check(holds bool, found interface{}) {
	if !holds {
		must(fmt.Errorf("found %+v", found))
	}
}

func connect() {
	must(os.Setenv("OS_DOMAIN_ID", "default")) // it knows no domains of users and projects apart
	options, err := openstack.AuthOptionsFromEnv()
	must(err)
	provider, err := openstack.AuthenticatedClient(options)
	must(err)
	region := gophercloud.EndpointOpts{Region: os.Getenv("OS_REGION_NAME")}
	compute, err = openstack.NewComputeV2(provider, region)
	must(err)
	network, err = openstack.NewNetworkV2(provider, region)
	must(err)
}

func findImage(options images.ListOpts) []images.Image {
	pages, err := images.ListDetail(compute, options).AllPages()
	must(err)
	found, err := images.ExtractImages(pages)
	must(err)
	return found
}

func findFlavor(name string) string {
	pages, err := flavors.ListDetail(compute, flavors.ListOpts{}).AllPages()
	must(err)
	found, err := flavors.ExtractFlavors(pages)
	must(err)
	for _, flavor := range found {
		if flavor.Name == name {
			return flavor.ID
		}
	}
	return ""
}

func findNetwork(name string) string {
	pages, err := networks.List(network, networks.ListOpts{Name: name}).AllPages()
	must(err)
	found, err := networks.ExtractNetworks(pages)
	must(err)
	return found[0].ID
}

func wait(id string, status string) *servers.Server {
	must(servers.WaitForStatus(compute, id, status, 60))
	server, err := servers.Get(compute, id).Extract()
	must(err)
	return server
}

func main() {
	log.SetFlags(log.Lshortfile)
	connect()
	base := findImage(images.ListOpts{Name: "base"})[0].ID
	tiny, small := findFlavor("m1.tiny"), findFlavor("m1.small")
	server, err := servers.Create(compute, servers.CreateOpts{
		Name: "web", ImageRef: base, FlavorRef: tiny, Metadata: map[string]string{"a": "b"},
		Networks: []servers.Network{{UUID: findNetwork("shared-net")}},
	}).Extract()
	must(err)
	id := server.ID
	server = wait(id, "ACTIVE")
	check(strings.Contains(fmt.Sprint(server.Addresses["shared-net"]), "10.77."), server.Addresses)

	taken, err := servers.CreateImage(compute, id, servers.CreateImageOpts{Name: "taken"}).ExtractImageID()
	must(err)
	var image *images.Image
	for tries := 0; tries < 300; tries++ {
		image, err = images.Get(compute, taken).Extract()
		must(err)
		if image.Status == "ACTIVE" {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	check(image.Status == "ACTIVE" && image.Metadata["instance_uuid"] == id, image)
	mine := findImage(images.ListOpts{Server: id})
	check(len(mine) == 1 && mine[0].ID == taken, mine)

	metadata, err := servers.UpdateMetadata(compute, id, servers.MetadataOpts{"team": "blue"}).Extract()
	must(err)
	check(metadata["a"] == "b" && metadata["team"] == "blue", metadata)
	_, err = servers.UpdateMetadata(compute, id, servers.MetadataOpts{strings.Repeat("k", 256): "x"}).Extract()
	check(errors.As(err, &gophercloud.ErrDefault400{}), err)
	many := servers.MetadataOpts{}
	for n := 0; n < 129; n++ {
		many[fmt.Sprint("k", n)] = "x"
	}
	_, err = servers.UpdateMetadata(compute, id, many).Extract()
	check(errors.As(err, &gophercloud.ErrDefault403{}), err)

	_, err = servers.Rebuild(compute, id, servers.RebuildOpts{Name: "web2", ImageRef: taken, AdminPass: "secret"}).Extract()
	must(err)
	server = wait(id, "ACTIVE")
	check(server.Name == "web2" && server.Image["id"] == taken, server)
	must(servers.Resize(compute, id, servers.ResizeOpts{FlavorRef: small}).ExtractErr())
	wait(id, "VERIFY_RESIZE")
	must(servers.ConfirmResize(compute, id).ExtractErr())
	server = wait(id, "ACTIVE")
	check(server.Flavor["id"] == small, server.Flavor)
	must(startstop.Stop(compute, id).ExtractErr())
	wait(id, "SHUTOFF")
	err = startstop.Stop(compute, id).ExtractErr()
	check(errors.As(err, &gophercloud.ErrDefault409{}), err)
	must(startstop.Start(compute, id).ExtractErr())
	wait(id, "ACTIVE")
	must(servers.Delete(compute, id).ExtractErr())
	for tries := 0; tries < 300; tries++ {
		_, err = servers.Get(compute, id).Extract()
		if errors.As(err, &gophercloud.ErrDefault404{}) {
			break
		}
		must(err)
		time.Sleep(200 * time.Millisecond)
	}
	check(err != nil, server)
	must(images.Delete(compute, taken).ExtractErr())
}
