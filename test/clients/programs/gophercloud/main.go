// Objects and images by gophercloud.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack"
)

var storage, glance *gophercloud.ServiceClient

// step runs one call of a client and prints the line by which the test counts it.
func step(name string, use func() error) {
	if err := use(); err != nil {
		fmt.Printf("not ok %s: %s\n", name, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	fmt.Printf("ok %s\n", name)
}

func check(holds bool, found interface{}) error {
	if holds {
		return nil
	}
	return fmt.Errorf("found %+v", found)
}

// last answers the error of a call whose result is of no interest.
func last(_ interface{}, err error) error {
	return err
}

func connect() error {
	if err := os.Setenv("OS_DOMAIN_ID", "default"); err != nil { // it knows no domains of users and projects apart
		return err
	}
	options, err := openstack.AuthOptionsFromEnv()
	if err != nil {
		return err
	}
	provider, err := openstack.AuthenticatedClient(options)
	if err != nil {
		return err
	}
	region := gophercloud.EndpointOpts{Region: os.Getenv("OS_REGION_NAME")}
	if storage, err = openstack.NewObjectStorageV1(provider, region); err != nil {
		return err
	}
	glance, err = openstack.NewImageServiceV2(provider, region)
	return err
}

func main() {
	step("connect", connect)
	accountSteps()
	containerSteps()
	objectSteps()
	imageSteps(os.Getenv("IMAGE"), os.Getenv("PROFILE") == "openstack")
}
