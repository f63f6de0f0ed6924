import type { ProblemId } from './problems.ts';
import type { ServiceRefusalId } from './serviceRefusals.ts';

/** The rules by family, as types, since rules and what the service does name each other; a rule without its name here does not compile. */
interface Families {
  property:
    | 'protected'
    | 'value'
    | 'name'
    | 'count'
    | 'discouraged'
    | 'misspelt'
    | 'word'
    | 'of-service'
    | 'by-hand';
  tag: 'length' | 'empty' | 'count' | 'url-safe' | 'duplicate' | 'characters';
  image:
    | 'read-only'
    | 'value'
    | 'visibility'
    | 'locked-format'
    | 'auto-disk-config'
    | 'auto-disk-config-word'
    | 'visible'
    | 'owner'
    | 'ambiguous'
    | 'item'
    | 'unchecked'
    | 'no-flavor'
    | 'unprepared'
    | 'min-disk'
    | 'nested-properties';
  disk:
    | 'format-mismatch'
    | 'backing-file'
    | 'data-file'
    | 'unknown-feature'
    | 'vmdk-type'
    | 'gpt'
    | 'luks-version'
    | 'retired-format'
    | 'ambiguous'
    | 'incomplete'
    | 'guest'
    | 'firmware'
    | 'virtio';
  patch: 'shape' | 'pointer' | 'not-removable' | 'missing' | 'present' | 'form' | 'shadowed' | 'no-op';
  share:
    | 'member'
    | 'duplicate'
    | 'count'
    | 'public'
    | 'visibility'
    | 'owner'
    | 'status'
    | 'self'
    | 'region'
    | 'service-level';
  import:
    | 'object'
    | 'not-vhd'
    | 'damaged'
    | 'disk-type'
    | 'parent'
    | 'zero-uuid'
    | 'virtual-size'
    | 'physical-size'
    | 'windows'
    | 'windows-signs'
    | 'windows-name'
    | 'properties'
    | 'name'
    | 'creator'
    | 'creation-time'
    | 'geometry'
    | 'unchecked';
  export:
    | 'image-id'
    | 'image'
    | 'owner'
    | 'licence'
    | 'status'
    | 'container-name'
    | 'container'
    | 'object'
    | 'round-trip'
    | 'unchecked';
  'server-image':
    | 'server'
    | 'form'
    | 'name'
    | 'metadata-count'
    | 'metadata-key'
    | 'metadata-value'
    | 'protected'
    | 'boot-volume'
    | 'onmetal'
    | 'busy'
    | 'state'
    | 'domain-controller'
    | 'virtual-appliance'
    | 'database'
    | 'data-disks'
    | 'size'
    | 'near-limit'
    | 'files'
    | 'age';
  server:
    | 'form'
    | 'name'
    | 'image-ref'
    | 'flavor-ref'
    | 'image'
    | 'volume-only'
    | 'no-volume'
    | 'disk-config'
    | 'image-status'
    | 'image-properties'
    | 'volume-image'
    | 'ram'
    | 'devices'
    | 'disk'
    | 'extras'
    | 'flavor-class'
    | 'system-volume'
    | 'windows-ram'
    | 'quota'
    | 'vm-mode'
    | 'agent'
    | 'domain-controller'
    | 'virtual-appliance'
    | 'service-level'
    | 'unchecked';
  cloud: 'required' | 'definition' | 'volume-type' | 'store' | 'method';
  policy: 'required' | 'value' | 'name';
  source:
    | 'tasks'
    | 'form'
    | 'origin'
    | 'url'
    | 'checksum'
    | 'unverified'
    | 'weak-hash'
    | 'method'
    | 'formats'
    | 'file'
    | 'text';
  rotation: 'form' | 'name' | 'source' | 'id';
  role: 'images' | 'servers';
  hw:
    | 'value'
    | 'integer'
    | 'boolean'
    | 'hypervisor'
    | 'unknown'
    | 'legacy'
    | 'newer'
    | 'secure-boot'
    | 'stateless'
    | 'sev'
    | 'tpm'
    | 'scsi'
    | 'numa'
    | 'memory'
    | 'cpu-policy'
    | 'topology'
    | 'quiesce'
    | 'no-effect'
    | 'retired';
  trait: 'value' | 'name';
  os: 'distro' | 'version-word';
  signature: 'incomplete' | 'value';
  encrypt: 'incomplete';
}

/** The id of a rule, `family/name`. */
export type RuleId = { [Family in keyof Families]: `${Family}/${Families[Family]}` }[keyof Families];

/** The id of a finding in a manifest. */
export type FindingId = RuleId | ProblemId;

/** The id of whatever the service refuses. */
export type RefusalId = FindingId | ServiceRefusalId;
