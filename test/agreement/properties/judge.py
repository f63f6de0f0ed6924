"""Judges images and flavors by Nova itself: reads {image, flavor} as JSON, one a line, and answers {text} or {read} in the same way.

`text` is what the Compute API answers where it refuses a server of them, in the order of Nova's own `create`: first what comes
before it looks at the image's state, then the rest. `read` is what `ImageMetaProps` has read.
"""

import json
import sys
import warnings

warnings.filterwarnings('ignore')

from nova import exception, objects  # noqa: E402
from nova.compute import api  # noqa: E402
from nova.virt import hardware  # noqa: E402

objects.register_all()


def encryption_format(flavor, meta):
    if hardware.get_ephemeral_encryption_constraint(flavor, meta):
        hardware.get_ephemeral_encryption_format(flavor, meta)


CHECKS = (
    hardware.numa_get_constraints,
    hardware.get_pci_numa_policy_constraint,
    encryption_format,
    hardware.get_mem_encryption_constraint,
    hardware.get_pmu_constraint,
    hardware.get_number_of_serial_ports,
    hardware.get_realtime_cpu_constraint,
    hardware.get_cpu_topology_constraints,
    hardware.get_vif_multiqueue_constraint,
)


def parsed(properties):
    """As nova/image/glance.py hands properties on: two of them are JSON."""
    result = dict(properties)
    for name in ('block_device_mapping', 'mappings'):
        if isinstance(result.get(name), str):
            result[name] = json.loads(result[name])
    return result


def judge(image, flavor):
    try:
        meta = api._get_image_meta_obj({**image, 'properties': parsed(image['properties'])})
        properties = meta.properties
        read = {name: getattr(properties, name) for name in properties.fields if properties.obj_attr_is_set(name)}
        for name, value in read.items():
            if name == 'hw_numa_cpus':
                read[name] = [sorted(cpus) for cpus in value]
        made = objects.Flavor(
            name=flavor['name'],
            memory_mb=flavor['ram'],
            vcpus=flavor['vcpus'],
            root_gb=0,
            extra_specs=flavor['extra_specs'],
        )
        for check in CHECKS:
            check(made, meta)
        return {'read': read}
    except json.JSONDecodeError:
        return {'text': 'no JSON'}
    except exception.NovaException as error:
        return {'text': error.format_message()}
    except Exception as error:  # what Nova does not expect itself
        return {'unexpected': repr(error)}


for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(judge(case['image'], case['flavor'])), flush=True)
