import { hasReached, type Release } from '../profile/releases.ts';
import { placeProcessors, readRealtime, refuseSerialPorts } from './cpuPolicy.ts';
import { refuseTopology } from './cpuTopology.ts';
import {
  type Boot,
  type BootFlavor,
  booleanProp,
  booleanSpec,
  printed,
  refuseDifferent,
  refuseOtherSwitch,
  specOf,
  textProp,
} from './flavorPairs.ts';
import { type ImageProperties, isRefusal, toNovaProps } from './judge.ts';
import { refuseMemoryEncryption } from './memoryEncryption.ts';
import { refuseNuma } from './numa.ts';
import { type BootRefusal, valuesIn } from './read.ts';
import { findProperty } from './table.ts';

/** An image as it is in Glance. */
export interface ImageToBoot {
  readonly id: string;
  readonly name: string | null;
  readonly properties: ImageProperties;
}

/** A refusal, and whether it comes before Nova looks at the state, the memory and the disk that the image asks for. */
export interface RefusedBoot extends BootRefusal {
  readonly early: boolean;
}

/**
 * What the Compute API answers to a request for a server of this image and flavor, where it refuses it for the image's
 * properties, in its order and words (SOURCES: properties §3); where the flavor is not known, for what they are with any. What only a host finds out is `failBoot`.
 */
export function refuseBoot(
  image: ImageToBoot,
  flavor: BootFlavor | undefined,
  release: Release,
): RefusedBoot | undefined {
  const props = toNovaProps(image.properties, release);
  if (isRefusal(props)) return { ...props, early: true };
  if (!flavor) return undefined;
  const boot: Boot = { image: { id: image.id, name: image.name, props }, flavor };
  const placement = placeProcessors(boot);
  const refusedNuma = typeof placement === 'string' ? placement : refuseNuma(boot, placement, release);
  if (refusedNuma !== undefined) return { status: 400, text: refusedNuma, early: true };
  const refusedAffinity = refuseAffinity(boot);
  if (refusedAffinity) return { ...refusedAffinity, early: true };
  const ofEncryption = refuseEphemeralEncryption(boot);
  if (ofEncryption !== undefined) return { status: 400, text: ofEncryption, early: true };
  const realtime = readRealtime(boot);
  const text =
    refusePackedRing(boot, release) ??
    refuseMemoryEncryption(boot, release) ??
    refuseOtherSwitch(boot, 'pmu') ??
    refuseSerialPorts(boot) ??
    (typeof realtime === 'string' ? realtime : undefined) ??
    refuseTopology(boot) ??
    (flavor.vcpus < 2 ? undefined : refuseOtherSwitch(boot, 'vif_multiqueue_enabled')) ??
    refuseSound(boot, release);
  return text === undefined ? undefined : { status: 400, text, early: false };
}

function refuseAffinity(boot: Boot): BootRefusal | undefined {
  const key = 'pci_numa_affinity_policy';
  const ofFlavor = specOf(boot, `hw:${key}`);
  const ofImage = textProp(boot, `hw_${key}`);
  if (ofFlavor && ofImage && ofFlavor !== ofImage)
    return {
      status: 403,
      text: `Image property 'hw_${key}' is not permitted to override the 'hw:${key}' flavor extra spec.`,
    };
  const known = findProperty(`hw_${key}`)?.values ?? [];
  return ofFlavor && !known.includes(ofFlavor)
    ? { status: 400, text: `Invalid PCI NUMA affinity configured: ${ofFlavor}` }
    : undefined;
}

/** Nova looks at the image's text here, so a word that is neither true nor false counts as false. */
function refusePackedRing(boot: Boot, release: Release): string | undefined {
  if (!hasReached(release, '2024.1')) return undefined;
  const ofFlavor = booleanSpec(boot, 'hw:virtio_packed_ring');
  const ofImage = booleanProp(boot, 'hw_virtio_packed_ring');
  return ofFlavor !== undefined && ofImage !== undefined && ofFlavor !== ofImage
    ? `Flavor has hw:virtio_packed_ring extra spec explicitly set to ${printed(ofFlavor)}, conflicting with image which has hw_virtio_packed_ring explicitly set to ${printed(ofImage)}.`
    : undefined;
}

function refuseSound(boot: Boot, release: Release): string | undefined {
  if (!hasReached(release, '2025.2')) return undefined;
  const different = refuseDifferent(boot, 'sound_model');
  if (different !== undefined) return different;
  const model = specOf(boot, 'hw:sound_model');
  const sound = findProperty('hw_sound_model');
  const known = sound ? valuesIn(sound, release) : [];
  // The models in Nova's own order.
  const listed = 'sb16, es1370, pcspk, ac97, ich6, ich9, usb, virtio';
  return model && !known.includes(model)
    ? `Invalid sound device model '${model}'. Allowed values: ${listed}.`
    : undefined;
}

function refuseEphemeralEncryption(boot: Boot): string | undefined {
  const { flavor, image } = boot;
  const ofFlavor = booleanSpec(boot, 'hw:ephemeral_encryption');
  const ofImage = booleanProp(boot, 'hw_ephemeral_encryption');
  if (ofFlavor !== undefined && ofImage !== undefined && ofFlavor !== ofImage)
    return (
      `Flavor ${flavor.name} has hw:ephemeral_encryption extra spec explicitly set to ${specOf(boot, 'hw:ephemeral_encryption')}, ` +
      `conflicting with image ${printed(image.name)} which has hw_eph_encryption property explicitly set to ${printed(ofImage)}`
    );
  if (!ofFlavor && !ofImage) return undefined;
  const format = specOf(boot, 'hw:ephemeral_encryption_format');
  return (
    refuseDifferent(boot, 'ephemeral_encryption_format') ??
    (format && !['plain', 'luks', 'luksv2'].includes(format)
      ? `Invalid ephemeral encryption format ${format}. Allowed values: plain, luks, luksv2`
      : undefined)
  );
}
