package main

import (
	"errors"
	"io/ioutil"
	"strings"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/gophercloud/openstack/imageservice/v2/imagedata"
	"github.com/gophercloud/gophercloud/openstack/imageservice/v2/imageimport"
	"github.com/gophercloud/gophercloud/openstack/imageservice/v2/images"
	"github.com/gophercloud/gophercloud/openstack/imageservice/v2/members"
	"github.com/gophercloud/gophercloud/openstack/imageservice/v2/tasks"
)

func imageSteps(given string, onOpenStack bool) {
	step("images.List", func() error {
		pages, err := images.List(glance, images.ListOpts{Name: "given", Limit: 1, Sort: "created_at:desc"}).AllPages()
		if err != nil {
			return err
		}
		found, err := images.ExtractImages(pages)
		if err != nil {
			return err
		}
		return check(len(found) == 1 && found[0].ID == given, found)
	})
	step("images.Get", func() error {
		found, err := images.Get(glance, given).Extract()
		if err != nil {
			return err
		}
		return check(found.Status == images.ImageStatusActive && !found.CreatedAt.IsZero(), found)
	})
	step("images.Update", func() error {
		found, err := images.Update(glance, given, images.UpdateOpts{
			images.ReplaceImageName{NewName: "renamed"},
			images.ReplaceImageTags{NewTags: []string{"web"}},
			images.UpdateImageProperty{Op: images.AddOp, Name: "team", Value: "blue"},
		}).Extract()
		if err != nil {
			return err
		}
		return check(found.Name == "renamed" && found.Properties["team"] == "blue" && len(found.Tags) == 1, found)
	})
	if onOpenStack {
		step("images.Update of the visibility", func() error {
			return last(images.Update(glance, given, images.UpdateOpts{
				images.UpdateVisibility{Visibility: images.ImageVisibilityShared}}).Extract())
		})
	}
	step("members.Create", func() error {
		found, err := members.Create(glance, given, "100002").Extract()
		if err != nil {
			return err
		}
		return check(found.Status == "pending" && !found.CreatedAt.IsZero(), found)
	})
	step("members.List", func() error {
		pages, err := members.List(glance, given).AllPages()
		if err != nil {
			return err
		}
		found, err := members.ExtractMembers(pages)
		if err != nil {
			return err
		}
		return check(len(found) == 1 && found[0].MemberID == "100002", found)
	})
	step("members.Get", func() error { return last(members.Get(glance, given, "100002").Extract()) })
	step("members.Update by the owner", func() error {
		err := last(members.Update(glance, given, "100002", members.UpdateOpts{Status: "accepted"}).Extract())
		return check(errors.As(err, &gophercloud.ErrDefault403{}), err)
	})
	step("members.Delete", func() error { return members.Delete(glance, given, "100002").ExtractErr() })
	if onOpenStack {
		dataSteps()
	} else {
		taskSteps()
	}
	step("images.Delete", func() error { return images.Delete(glance, given).ExtractErr() })
	step("images.Get of none", func() error {
		err := last(images.Get(glance, given).Extract())
		return check(errors.As(err, &gophercloud.ErrDefault404{}), err)
	})
}

func dataSteps() {
	var made *images.Image
	step("images.Create", func() (err error) {
		made, err = images.Create(glance, images.CreateOpts{Name: "made", DiskFormat: "raw", ContainerFormat: "bare",
			Tags: []string{"a"}, Properties: map[string]string{"kind": "made"}}).Extract()
		if err != nil {
			return err
		}
		return check(made.Status == images.ImageStatusQueued && made.Properties["kind"] == "made", made)
	})
	step("imagedata.Upload", func() error {
		return imagedata.Upload(glance, made.ID, strings.NewReader("data")).ExtractErr()
	})
	step("imagedata.Download", func() error {
		reader, err := imagedata.Download(glance, made.ID).Extract()
		if err != nil {
			return err
		}
		content, err := ioutil.ReadAll(reader)
		if err != nil {
			return err
		}
		return check(string(content) == "data", string(content))
	})
	step("imageimport.Get", func() error {
		found, err := imageimport.Get(glance).Extract()
		if err != nil {
			return err
		}
		return check(len(found.ImportMethods.Value) > 0, found)
	})
	step("imagedata.Stage and imageimport.Create", func() error {
		staged, err := images.Create(glance, images.CreateOpts{Name: "staged", DiskFormat: "raw", ContainerFormat: "bare"}).Extract()
		if err != nil {
			return err
		}
		if err := imagedata.Stage(glance, staged.ID, strings.NewReader("data")).ExtractErr(); err != nil {
			return err
		}
		if err := imageimport.Create(glance, staged.ID, imageimport.CreateOpts{Name: imageimport.GlanceDirectMethod}).ExtractErr(); err != nil {
			return err
		}
		return gophercloud.WaitFor(30, func() (bool, error) {
			found, err := images.Get(glance, staged.ID).Extract()
			if err != nil || found.Status != images.ImageStatusActive {
				return false, err
			}
			return true, images.Delete(glance, staged.ID).ExtractErr()
		})
	})
	step("images.Delete of the made", func() error { return images.Delete(glance, made.ID).ExtractErr() })
}

func taskSteps() {
	var task *tasks.Task
	step("tasks.Create", func() (err error) {
		task, err = tasks.Create(glance, tasks.CreateOpts{Type: "import", Input: map[string]interface{}{
			"import_from": "none/none.vhd", "image_properties": map[string]string{"name": "none"}}}).Extract()
		if err != nil {
			return err
		}
		return check(task.Type == "import" && task.Status == "pending", task)
	})
	step("tasks.Get", func() error {
		return gophercloud.WaitFor(30, func() (bool, error) {
			found, err := tasks.Get(glance, task.ID).Extract()
			return err == nil && found.Status == "failure" && found.Message != "", err
		})
	})
	step("tasks.List", func() error {
		pages, err := tasks.List(glance, tasks.ListOpts{Type: "import", Status: tasks.TaskStatusFailure}).AllPages()
		if err != nil {
			return err
		}
		found, err := tasks.ExtractTasks(pages)
		if err != nil {
			return err
		}
		return check(len(found) > 0 && found[0].ID != "", found)
	})
}
