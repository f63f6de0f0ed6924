import { hasReached, type Release } from '../profile/releases.ts';
import { type Boot, booleanProp, booleanSpec, printed, propOf, specOf, textProp } from './flavorPairs.ts';

const models = ['amd-sev', 'amd-sev-es', 'amd-sev-snp'];

/** What flavor and image ask for of memory encryption; undefined: none. */
export function refuseMemoryEncryption(boot: Boot, release: Release): string | undefined {
  const { flavor, image } = boot;
  const ofFlavor = booleanSpec(boot, 'hw:mem_encryption');
  const ofImage = booleanProp(boot, 'hw_mem_encryption');
  if (!ofFlavor && !ofImage) return undefined;
  if (ofFlavor !== undefined && ofImage !== undefined && ofFlavor !== ofImage)
    return explainDifference(boot, 'mem_encryption', printed(ofImage));
  const requesters = [
    ...(ofFlavor ? [`hw:mem_encryption extra spec in ${flavor.name} flavor`] : []),
    ...(ofImage ? [`hw_mem_encryption property of image ${image.id}`] : []),
  ].join(' and ');
  const modelOfFlavor = hasReached(release, '2025.2') ? specOf(boot, 'hw:mem_encryption_model') : undefined;
  const modelOfImage = textProp(boot, 'hw_mem_encryption_model');
  if (modelOfFlavor !== undefined && modelOfImage !== undefined && modelOfFlavor !== modelOfImage)
    return explainDifference(boot, 'mem_encryption_model', modelOfImage);
  const model = modelOfImage ?? modelOfFlavor ?? 'amd-sev';
  if (hasReached(release, '2026.2') && !models.includes(model))
    return `Invalid memory encryption model '${model}'. Allowed values: ${models.join(', ')}.`;
  return (
    refuseFirmware(boot, requesters, release) ?? refuseMachine(boot) ?? refuseStateful(boot, model, release)
  );
}

function explainDifference(boot: Boot, key: string, imageValue: string): string {
  const { flavor, image } = boot;
  return (
    `Flavor ${flavor.name} has hw:${key} extra spec explicitly set to ${specOf(boot, `hw:${key}`)}, conflicting with ` +
    `image ${printed(image.name)} which has hw_${key} property explicitly set to ${imageValue}`
  );
}

function refuseFirmware(boot: Boot, requesters: string, release: Release): string | undefined {
  if (propOf(boot, 'hw_firmware_type') === 'uefi') return undefined;
  return hasReached(release, '2026.2')
    ? `Memory encryption is requested by ${requesters} but the image metadata doesn't have the 'hw_firmware_type' property set to 'uefi'`
    : `Memory encryption requested by ${requesters} but image ${printed(boot.image.name)} doesn't have 'hw_firmware_type' property set to 'uefi'`;
}

function refuseMachine(boot: Boot): string | undefined {
  const machine = textProp(boot, 'hw_machine_type');
  if (machine === undefined || machine.includes('q35')) return undefined;
  const { id, name } = boot.image;
  return `Machine type '${machine}' is not compatible with image ${printed(name)} (${id}): q35 type is required for SEV to work`;
}

function refuseStateful(boot: Boot, model: string, release: Release): string | undefined {
  return hasReached(release, '2026.2') &&
    model === 'amd-sev-snp' &&
    !booleanProp(boot, 'hw_firmware_stateless')
    ? `The ${model} memory encryption model requires stateless firmware but the image metadata doesn't have the 'hw_firmware_stateless' property set to True`
    : undefined;
}
