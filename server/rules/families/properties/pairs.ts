import { hasReached } from '../../profile/releases.ts';
import { checksSource } from '../../properties/property.ts';
import type { Observation, Rule } from '../../rule.ts';
import { kinds, removeFix, setAllFix, setFix } from './fixes.ts';
import { type NovaSet, novaSets } from './novaSets.ts';

const common = {
  kinds,
  profile: 'openstack',
  restsOnImage: true,
  source: checksSource,
} as const;

/** Properties that Nova takes together only, of the machine and its protection. */
export const propertyPairRules: readonly Rule[] = [
  {
    ...common,
    id: 'hw/secure-boot',
    severity: 'warning',
    summary:
      'Secure boot takes UEFI, and a q35 on x86: without UEFI the server boots without it, without a q35 it does not start.',
    example: {
      kind: 'image',
      bad: 'name: web\nos_secure_boot: required\n',
      good: 'name: web\nos_secure_boot: required\nhw_firmware_type: uefi\nhw_machine_type: q35\n',
    },
    *check(subject) {
      for (const nova of novaSets(subject)) {
        const { set, value, find } = nova;
        const stated = find('os_secure_boot', 'hw_firmware_type', 'hw_machine_type');
        if (!stated || !set.complete || value('os_secure_boot') !== 'required') continue;
        const missing = missingOf(nova);
        if (Object.keys(missing).length === 0) continue;
        const remedy = Object.entries(missing).map(([name, text]) => `${name}: ${text}`);
        yield {
          pointer: stated.pointer,
          message: missing['hw_firmware_type']
            ? `Without UEFI the server boots without secure boot, and nobody is told. Add ${remedy.join(' and ')}.`
            : 'On x86 secure boot takes a q35, and on others a server does not start: “Secure Boot is not supported by host”. Add hw_machine_type: q35.',
          fixes: setAllFix(set, missing),
        };
      }
    },
  },
  {
    ...common,
    id: 'hw/stateless',
    severity: 'warning',
    summary: 'Stateless firmware is of UEFI alone; Nova ignores it otherwise, and only its log says so.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_firmware_stateless: "true"\n',
      release: '2024.2',
      good: 'name: web\nhw_firmware_type: uefi\nhw_machine_type: q35\n',
    },
    *check(subject) {
      if (!hasReached(subject.facts.profile.release, '2024.2')) return;
      for (const { set, value, find } of novaSets(subject)) {
        const stated = find('hw_firmware_stateless', 'hw_firmware_type');
        if (!stated || !set.complete || value('hw_firmware_stateless') !== true) continue;
        if (value('hw_firmware_type') === 'uefi') continue;
        yield {
          pointer: stated.pointer,
          message: 'Nova ignores stateless firmware without UEFI. Add hw_firmware_type: uefi.',
          fixes: setFix(set, 'hw_firmware_type', 'uefi'),
        };
      }
    },
  },
  {
    ...common,
    id: 'hw/sev',
    atBoot: true,
    severity: 'error',
    summary: 'Encrypted memory takes UEFI and a q35; Nova refuses each boot of an image that has others.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_mem_encryption: "true"\n',
      good: 'name: web\nhw_mem_encryption: "true"\nhw_firmware_type: uefi\nhw_machine_type: q35\n',
    },
    *check(subject) {
      const { release } = subject.facts.profile;
      for (const nova of novaSets(subject)) yield* encryptedMemory(nova, hasReached(release, '2026.2'));
    },
  },
  {
    ...common,
    id: 'hw/tpm',
    atBoot: true,
    severity: 'error',
    summary: 'tpm-crb is of TPM 2.0 alone, and without a version there is no TPM.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_tpm_version: "1.2"\nhw_tpm_model: tpm-crb\n',
      good: 'name: web\nhw_tpm_version: "2.0"\nhw_tpm_model: tpm-crb\n',
    },
    *check(subject) {
      for (const { set, value, find } of novaSets(subject)) {
        const version = value('hw_tpm_version');
        const model = value('hw_tpm_model');
        const stated = find('hw_tpm_model', 'hw_tpm_version');
        if (!stated || model === undefined) continue;
        if (model === 'tpm-crb' && version === '1.2')
          yield {
            pointer: stated.pointer,
            message: 'Each server ends in ERROR: “TPM model CRB is only valid with TPM version 2.0.”',
            fixes: [...setFix(set, 'hw_tpm_version', '2.0'), ...setFix(set, 'hw_tpm_model', 'tpm-tis')],
          };
        else if (version === undefined && set.complete)
          yield {
            pointer: stated.pointer,
            severity: 'warning',
            message:
              'Without hw_tpm_version there is no TPM, unless the flavor asks for one. Add hw_tpm_version.',
            fixes: setFix(set, 'hw_tpm_version', '2.0'),
          };
      }
    },
  },
  {
    ...common,
    id: 'hw/scsi',
    severity: 'warning',
    summary: 'A SCSI controller has no effect but on the bus scsi, and that bus wants one named.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_scsi_model: virtio-scsi\n',
      good: 'name: web\nhw_disk_bus: scsi\nhw_scsi_model: virtio-scsi\n',
    },
    *check(subject) {
      for (const { set, value, find } of novaSets(subject)) {
        const stated = find('hw_scsi_model', 'hw_disk_bus');
        if (!stated || !set.complete || stated.name === 'vmware_adaptertype') continue;
        const isScsi = value('hw_disk_bus') === 'scsi';
        const model = value('hw_scsi_model');
        if (model !== undefined && !isScsi)
          yield {
            pointer: stated.pointer,
            message: 'hw_scsi_model has no effect unless disks are on the bus scsi. Set hw_disk_bus: scsi.',
            fixes: setFix(set, 'hw_disk_bus', 'scsi'),
          };
        else if (model === undefined && isScsi)
          yield {
            pointer: stated.pointer,
            severity: 'hint',
            message: 'Without hw_scsi_model libvirt chooses the controller. Add hw_scsi_model: virtio-scsi.',
            fixes: setFix(set, 'hw_scsi_model', 'virtio-scsi'),
          };
      }
    },
  },
  {
    ...common,
    id: 'hw/quiesce',
    severity: 'warning',
    summary:
      'An image that requires file systems to be frozen needs the guest agent, or snapshots are refused.',
    example: {
      kind: 'image',
      bad: 'name: web\nos_require_quiesce: "yes"\n',
      good: 'name: web\nos_require_quiesce: "yes"\nhw_qemu_guest_agent: "yes"\n',
    },
    *check(subject) {
      for (const { set, value, find } of novaSets(subject)) {
        const stated = find('os_require_quiesce', 'hw_qemu_guest_agent');
        if (!stated || !set.complete || value('os_require_quiesce') !== true) continue;
        if (value('hw_qemu_guest_agent') === true) continue;
        yield {
          pointer: stated.pointer,
          message:
            'Without the guest agent Nova refuses snapshots of servers of this image. Set it to true, and have the agent in the image.',
          fixes: setFix(set, 'hw_qemu_guest_agent', 'true'),
        };
      }
    },
  },
];

/** What secure boot and encrypted memory need and the image does not have. */
function missingOf({ value }: NovaSet): Record<string, string> {
  const architecture = value('hw_architecture') ?? 'x86_64';
  const machine = value('hw_machine_type');
  const isX86 = architecture === 'x86_64' || architecture === 'i686';
  // Nova takes UEFI for granted on aarch64.
  const isUefi = value('hw_firmware_type') === 'uefi' || architecture === 'aarch64';
  return {
    ...(isUefi ? {} : { hw_firmware_type: 'uefi' }),
    ...(isX86 && !String(machine ?? '').includes('q35') ? { hw_machine_type: 'q35' } : {}),
  };
}

function* encryptedMemory(nova: NovaSet, needsStateless: boolean): Generator<Observation> {
  const { set, value, find } = nova;
  const model = find('hw_mem_encryption_model');
  const stated = find('hw_mem_encryption', 'hw_firmware_type', 'hw_machine_type') ?? model;
  if (!stated || !set.complete) return;
  if (value('hw_mem_encryption') !== true) {
    if (model)
      yield {
        pointer: model.pointer,
        severity: 'warning',
        message:
          'Without hw_mem_encryption the model has no effect, unless the flavor asks for it. Set hw_mem_encryption: true.',
        fixes: [...setFix(set, 'hw_mem_encryption', 'true'), removeFix(model)],
      };
    return;
  }
  const missing: Record<string, string> = {
    ...(value('hw_firmware_type') === 'uefi' ? {} : { hw_firmware_type: 'uefi' }),
    ...(String(value('hw_machine_type') ?? '').includes('q35') ? {} : { hw_machine_type: 'q35' }),
    ...(needsStateless &&
    value('hw_mem_encryption_model') === 'amd-sev-snp' &&
    value('hw_firmware_stateless') !== true
      ? { hw_firmware_stateless: 'true' }
      : {}),
  };
  const names = Object.keys(missing);
  if (names.length === 0) return;
  // Without any machine type the hosts' own decides, which is no q35 unless the operator says so.
  const isCertain =
    names.some((name) => name !== 'hw_machine_type') || value('hw_machine_type') !== undefined;
  const remedy = Object.entries(missing).map(([name, text]) => `${name}: ${text}`);
  yield {
    pointer: stated.pointer,
    ...(isCertain ? {} : { severity: 'warning' as const }),
    message: isCertain
      ? `Nova refuses each boot: encrypted memory needs ${remedy.join(' and ')}.`
      : 'Encrypted memory needs a q35, which hosts have only where their operator says so. Add hw_machine_type: q35.',
    fixes: setAllFix(set, missing),
  };
}
