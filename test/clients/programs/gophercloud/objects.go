package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/ioutil"
	"net/http"
	"strings"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack/objectstorage/v1/accounts"
	"github.com/gophercloud/gophercloud/openstack/objectstorage/v1/containers"
	"github.com/gophercloud/gophercloud/openstack/objectstorage/v1/objects"
)

func names(container string, options objects.ListOpts) ([]string, error) {
	pages, err := objects.List(storage, container, options).AllPages()
	if err != nil {
		return nil, err
	}
	return objects.ExtractNames(pages)
}

func accountSteps() {
	step("accounts.Update", func() error {
		return last(accounts.Update(storage, accounts.UpdateOpts{
			Metadata: map[string]string{"Team": "blue"}, TempURLKey: "secret"}).Extract())
	})
	step("accounts.Get", func() error {
		found := accounts.Get(storage, nil)
		metadata, err := found.ExtractMetadata()
		if err != nil {
			return err
		}
		header, err := found.Extract()
		if err != nil {
			return err
		}
		return check(metadata["Team"] == "blue" && header.TempURLKey == "secret" && header.TransID != "" &&
			!header.Date.IsZero(), header)
	})
}

func containerSteps() {
	step("containers.Create", func() error {
		header, err := containers.Create(storage, "c", containers.CreateOpts{
			Metadata: map[string]string{"Color": "red"}, ContainerRead: ".r:*"}).Extract()
		if err != nil {
			return err
		}
		return check(header.TransID != "", header)
	})
	step("containers.List", func() error {
		pages, err := containers.List(storage, containers.ListOpts{Full: true}).AllPages()
		if err != nil {
			return err
		}
		found, err := containers.ExtractInfo(pages)
		if err != nil {
			return err
		}
		return check(len(found) == 1 && found[0].Name == "c", found)
	})
	step("containers.List of names", func() error {
		pages, err := containers.List(storage, containers.ListOpts{}).AllPages()
		if err != nil {
			return err
		}
		found, err := containers.ExtractNames(pages)
		if err != nil {
			return err
		}
		return check(strings.Join(found, ",") == "c", found)
	})
	step("containers.Get", func() error {
		found := containers.Get(storage, "c", nil)
		metadata, err := found.ExtractMetadata()
		if err != nil {
			return err
		}
		header, err := found.Extract()
		if err != nil {
			return err
		}
		return check(metadata["Color"] == "red" && header.ObjectCount == 0 && strings.Join(header.Read, ",") == ".r:*" &&
			header.StoragePolicy != "", header)
	})
	step("containers.Update", func() error {
		if err := last(containers.Update(storage, "c", containers.UpdateOpts{
			RemoveMetadata: []string{"Color"}, Metadata: map[string]string{"Shape": "round"}}).Extract()); err != nil {
			return err
		}
		metadata, err := containers.Get(storage, "c", nil).ExtractMetadata()
		if err != nil {
			return err
		}
		return check(metadata["Color"] == "" && metadata["Shape"] == "round", metadata)
	})
	step("containers.Get of none", func() error {
		err := last(containers.Get(storage, "none", nil).Extract())
		return check(errors.As(err, &gophercloud.ErrDefault404{}), err)
	})
}

func objectSteps() {
	text := "some text"
	step("objects.Create", func() error {
		header, err := objects.Create(storage, "c", "folder/a.txt", objects.CreateOpts{
			Content: strings.NewReader(text), ContentType: "text/x-test",
			Metadata: map[string]string{"Team": "blue"}}).Extract()
		if err != nil {
			return err
		}
		return check(header.ETag != "" && !header.LastModified.IsZero(), header)
	})
	step("objects.Create that is there already", func() error {
		err := last(objects.Create(storage, "c", "folder/a.txt", objects.CreateOpts{
			Content: strings.NewReader(text), IfNoneMatch: "*"}).Extract())
		return check(err != nil && strings.Contains(err.Error(), "412"), err)
	})
	step("objects.List", func() error {
		pages, err := objects.List(storage, "c", objects.ListOpts{Full: true}).AllPages()
		if err != nil {
			return err
		}
		found, err := objects.ExtractInfo(pages)
		if err != nil {
			return err
		}
		return check(len(found) == 1 && found[0].Bytes == int64(len(text)) && !found[0].LastModified.IsZero(), found)
	})
	step("objects.List with a delimiter", func() error {
		found, err := names("c", objects.ListOpts{Delimiter: "/"})
		if err != nil {
			return err
		}
		return check(strings.Join(found, ",") == "folder/", found)
	})
	step("objects.Get", func() error {
		found := objects.Get(storage, "c", "folder/a.txt", nil)
		metadata, err := found.ExtractMetadata()
		if err != nil {
			return err
		}
		header, err := found.Extract()
		if err != nil {
			return err
		}
		return check(metadata["Team"] == "blue" && header.ContentType == "text/x-test" &&
			header.ContentLength == int64(len(text)), header)
	})
	step("objects.Download", func() error {
		found := objects.Download(storage, "c", "folder/a.txt", nil)
		content, err := found.ExtractContent()
		if err != nil {
			return err
		}
		return check(string(content) == text, string(content))
	})
	step("objects.Download of a range", func() error {
		found := objects.Download(storage, "c", "folder/a.txt", objects.DownloadOpts{Range: "bytes=5-8"})
		content, err := found.ExtractContent()
		if err != nil {
			return err
		}
		return check(string(content) == "text", string(content))
	})
	step("objects.Update", func() error {
		if err := last(objects.Update(storage, "c", "folder/a.txt", objects.UpdateOpts{
			Metadata: map[string]string{"Season": "winter"}}).Extract()); err != nil {
			return err
		}
		metadata, err := objects.Get(storage, "c", "folder/a.txt", nil).ExtractMetadata()
		if err != nil {
			return err
		}
		return check(metadata["Season"] == "winter" && metadata["Team"] == "", metadata)
	})
	step("objects.Copy", func() error {
		if err := last(objects.Copy(storage, "c", "folder/a.txt", objects.CopyOpts{Destination: "/c/b.txt"}).Extract()); err != nil {
			return err
		}
		found := objects.Download(storage, "c", "b.txt", nil)
		content, err := found.ExtractContent()
		if err != nil {
			return err
		}
		return check(string(content) == text, string(content))
	})
	step("objects.CreateTempURL", func() error {
		address, err := objects.CreateTempURL(storage, "c", "b.txt", objects.CreateTempURLOpts{Method: objects.GET, TTL: 600})
		if err != nil {
			return err
		}
		answer, err := http.Get(address)
		if err != nil {
			return err
		}
		content, err := ioutil.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		return check(string(content) == text, address)
	})
	step("objects.Create of a manifest", func() error {
		for n := 0; n < 2; n++ {
			part := strings.NewReader(fmt.Sprint("part ", n, " "))
			if err := last(objects.Create(storage, "c", fmt.Sprint("parts/", n), objects.CreateOpts{Content: part}).Extract()); err != nil {
				return err
			}
		}
		if err := last(objects.Create(storage, "c", "whole", objects.CreateOpts{
			Content: bytes.NewReader(nil), ObjectManifest: "c/parts/"}).Extract()); err != nil {
			return err
		}
		found := objects.Download(storage, "c", "whole", nil)
		content, err := found.ExtractContent()
		if err != nil {
			return err
		}
		return check(string(content) == "part 0 part 1 ", string(content))
	})
	step("containers.Delete of one that is not empty", func() error {
		err := last(containers.Delete(storage, "c").Extract())
		return check(errors.As(err, &gophercloud.ErrDefault409{}), err)
	})
	step("objects.Delete", func() error { return last(objects.Delete(storage, "c", "b.txt", nil).Extract()) })
	step("objects.BulkDelete", func() error {
		all, err := names("c", objects.ListOpts{})
		if err != nil {
			return err
		}
		found, err := objects.BulkDelete(storage, "c", all).Extract()
		if err != nil {
			return err
		}
		return check(found.NumberDeleted == len(all) && len(found.Errors) == 0, found)
	})
	step("containers.Delete", func() error { return last(containers.Delete(storage, "c").Extract()) })
	step("containers.BulkDelete", func() error {
		for _, name := range []string{"c 1", "c 2"} {
			if err := last(containers.Create(storage, name, nil).Extract()); err != nil {
				return err
			}
		}
		found, err := containers.BulkDelete(storage, []string{"c 1", "c 2"}).Extract()
		if err != nil {
			return err
		}
		return check(found.NumberDeleted == 2, found)
	})
}
