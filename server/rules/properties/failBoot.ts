import { hasReached, type Release } from '../profile/releases.ts';
import {
  type Boot,
  type BootFlavor,
  numberProp,
  printed,
  refuseDifferent,
  specOf,
  textProp,
} from './flavorPairs.ts';
import { isRefusal, toNovaProps } from './judge.ts';
import { parseInteger } from './read.ts';
import type { ImageToBoot } from './refuseBoot.ts';
import { findProperty } from './table.ts';

/** Why a server that Nova has accepted ends in ERROR. */
export interface BootFailure {
  /** `schedule`: no host is looked for; `host`: a KVM host gives up, and so will the others. */
  readonly at: 'schedule' | 'host';
  /** The fault's cause, in Nova's words. */
  readonly text: string;
}

/**
 * What goes wrong after the request has been accepted, on hosts with KVM whose machine type is Nova's own default. Undefined
 * where it boots, and where `refuseBoot` says more.
 */
export function failBoot(image: ImageToBoot, flavor: BootFlavor, release: Release): BootFailure | undefined {
  const props = toNovaProps(image.properties, release);
  if (isRefusal(props)) return undefined;
  const boot: Boot = { image: { id: image.id, name: image.name, props }, flavor };
  const scheduling =
    refuseSecureBootPolicy(boot) ??
    (hasReached(release, '2024.1') ? refuseDifferent(boot, 'maxphysaddr_mode') : undefined) ??
    refuseTpm(boot);
  if (scheduling !== undefined) return { at: 'schedule', text: scheduling };
  const hosting = refuseDevices(boot) ?? refuseVideoRam(boot) ?? refuseSecureBoot(boot) ?? refuseIommu(boot);
  return hosting === undefined ? undefined : { at: 'host', text: hosting };
}

function refuseSecureBootPolicy(boot: Boot): string | undefined {
  const different = refuseDifferent(boot, 'secure_boot', 'os');
  if (different !== undefined) return different;
  const policy = specOf(boot, 'os:secure_boot');
  return policy && !['required', 'disabled', 'optional'].includes(policy)
    ? `Invalid secure boot policy '${policy}'. Allowed values: required, disabled, optional.`
    : undefined;
}

function refuseTpm(boot: Boot): string | undefined {
  const differentVersion = refuseDifferent(boot, 'tpm_version');
  if (differentVersion !== undefined) return differentVersion;
  const version = specOf(boot, 'hw:tpm_version') || textProp(boot, 'hw_tpm_version');
  if (version === undefined) return undefined;
  if (version !== '1.2' && version !== '2.0')
    return `Invalid TPM version '${version}'. Allowed values: 1.2, 2.0.`;
  const differentModel = refuseDifferent(boot, 'tpm_model');
  if (differentModel !== undefined) return differentModel;
  const model = specOf(boot, 'hw:tpm_model') || textProp(boot, 'hw_tpm_model') || 'tpm-tis';
  if (model !== 'tpm-tis' && model !== 'tpm-crb')
    return `Invalid TPM model '${model}'. Allowed values: tpm-tis, tpm-crb.`;
  return model === 'tpm-crb' && version !== '2.0'
    ? 'TPM model CRB is only valid with TPM version 2.0.'
    : undefined;
}

const kvmDevices = ['hw_disk_bus', 'hw_cdrom_bus', 'hw_floppy_bus', 'hw_vif_model'];

function refuseDevices(boot: Boot): string | undefined {
  for (const name of kvmDevices) {
    const model = textProp(boot, name);
    if (model !== undefined && findProperty(name)?.kvm?.includes(model) === false)
      return `Requested hardware '${model}' is not supported by the 'kvm' virt driver`;
  }
  return undefined;
}

function refuseVideoRam(boot: Boot): string | undefined {
  const asked = numberProp(boot, 'hw_video_ram') ?? 0;
  const most = parseInteger(specOf(boot, 'hw_video:ram_max_mb') ?? '0') ?? 0;
  return asked > most
    ? `The requested amount of video memory ${asked} is higher than the maximum allowed by flavor ${most}.`
    : undefined;
}

/** Nova's default machine types, where the operator has set no other (`get_default_machine_type`). */
const defaultMachines: Readonly<Record<string, string>> = {
  aarch64: 'virt',
  armv7l: 'virt',
  i686: 'pc',
  s390: 's390-ccw-virtio',
  s390x: 's390-ccw-virtio',
  x86_64: 'pc',
};

interface Machine {
  readonly architecture: string;
  readonly type: string | undefined;
}

/** Hosts are taken to be of x86_64 where the image does not say what it is for. */
function machineOf(boot: Boot): Machine {
  const ofImage = textProp(boot, 'hw_architecture') ?? 'x86_64';
  return {
    architecture: textProp(boot, 'hw_emulation_architecture') ?? ofImage,
    type: textProp(boot, 'hw_machine_type') ?? defaultMachines[ofImage],
  };
}

function refuseSecureBoot(boot: Boot): string | undefined {
  const policy = specOf(boot, 'os:secure_boot') || textProp(boot, 'os_secure_boot');
  const { architecture, type } = machineOf(boot);
  const firmware = textProp(boot, 'hw_firmware_type') ?? (architecture === 'aarch64' ? 'uefi' : 'bios');
  return policy === 'required' && firmware === 'uefi' && architecture === 'x86_64' && !type?.includes('q35')
    ? 'Secure Boot is not supported by host'
    : undefined;
}

function refuseIommu(boot: Boot): string | undefined {
  if (!specOf(boot, 'hw:viommu_model') && textProp(boot, 'hw_viommu_model') === undefined) return undefined;
  const { architecture, type } = machineOf(boot);
  const wanted = { x86_64: 'q35', i686: 'q35', aarch64: 'virt' }[architecture];
  if (wanted === undefined)
    return `vIOMMU required either x86 or AArch64 architecture, but given architecture ${printed(architecture)}.`;
  return type?.includes(wanted) === false
    ? `vIOMMU is not supported by Current machine type ${type} (Architecture: ${architecture}).`
    : undefined;
}
