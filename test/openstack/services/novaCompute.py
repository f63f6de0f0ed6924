"""nova-compute with Nova's fake driver, made to take its time and to upload what it images.

Nova's own fake driver ends a snapshot without data, so that the image stays queued. This one goes through the states of
the libvirt driver and uploads a QCOW2 as large, virtually, as the server's disk.
"""
import os
import subprocess
import sys
import tempfile
import time

import nova.monkey_patch  # noqa: F401  before anything else of Nova
from nova import exception
from nova.cmd.compute import main
from nova.compute import task_states
from nova.image import glance
from nova.virt import fake
from nova.virt.libvirt.driver import LibvirtDriver

SPAWN, SAVE, UPLOAD = 0.5, 1, 1.5  # seconds in which a state can be seen


class Driver(fake.FakeDriver):
    def spawn(self, *args, **kwargs):
        time.sleep(SPAWN)
        return super().spawn(*args, **kwargs)

    def snapshot(self, context, instance, image_id, update_task_state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        images = glance.API()
        name = images.get(context, image_id)['name']
        metadata = LibvirtDriver._create_snapshot_metadata(self, instance.image_meta, instance, 'qcow2', name)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        time.sleep(SAVE)
        with tempfile.TemporaryDirectory() as folder:
            disk = os.path.join(folder, 'disk.qcow2')
            size = f'{max(instance.flavor.root_gb, 1)}G'
            subprocess.check_call(['qemu-img', 'create', '-q', '-f', 'qcow2', disk, size])
            update_task_state(
                task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
            time.sleep(UPLOAD)
            with open(disk, 'rb') as data:
                images.update(context, image_id, metadata, data)


# Nova looks for drivers in its own package only.
sys.modules['nova.virt.imaging'] = sys.modules['__main__']
sys.argv[0] = 'nova-compute'
sys.exit(main())
