import { formatPython } from '../nova/python.ts';
import { readCpuList } from './cpuList.ts';
import { type Boot, booleanSpec, propOf, specOf, textProp } from './flavorPairs.ts';
import { parseInteger } from './read.ts';

/** How a server's processors are placed: what Nova concludes, or why it refuses to. */
export interface CpuPlacement {
  readonly policy: string | undefined;
  /** The processors that are pinned. */
  readonly pinned: readonly number[];
}

const policies = ['dedicated', 'shared', 'mixed'];
const threadPolicies = ['prefer', 'isolate', 'require'];
const emulatorPolicies = ['share', 'isolate'];

/** The first part of `numa_get_constraints`: policies of processors and threads, and the masks of the flavor. */
export function placeProcessors(boot: Boot): CpuPlacement | string {
  const policy = agreeOnPolicy(boot);
  if (policy.refusal !== undefined) return policy.refusal;
  const threads = agreeOnThreads(boot);
  if (threads.refusal !== undefined) return threads.refusal;
  const realtime = readRealtime(boot);
  if (typeof realtime === 'string') return realtime;
  const dedicated = readDedicated(boot);
  if (typeof dedicated === 'string') return dedicated;
  const emulator = specOf(boot, 'hw:emulator_threads_policy');
  const refusedEmulator = refuseEmulator(emulator);
  if (refusedEmulator !== undefined) return refusedEmulator;
  const asked = weighResources(boot, policy.value, emulator);
  if (typeof asked === 'string') return asked;
  const trait = hyperthreading(boot);
  if (threads.value && trait)
    return "It is not possible to use the 'trait:HW_CPU_HYPERTHREADING' extra spec in combination with the 'hw:cpu_thread_policy' extra spec or 'hw_cpu_thread_policy' image metadata property; use one or the other";
  const ofTrait = { forbidden: 'isolate', required: 'require' }[trait ?? ''];
  return settle(boot, asked.policy, ofTrait ?? threads.value, { realtime, dedicated, emulator });
}

interface Masks {
  readonly realtime: readonly number[] | undefined;
  readonly dedicated: readonly number[] | undefined;
  readonly emulator: string | undefined;
}

function settle(
  { flavor }: Boot,
  policy: string | undefined,
  threads: string | undefined,
  { realtime, dedicated, emulator }: Masks,
): CpuPlacement | string {
  const mixedOnly = "Cannot specify 'hw:cpu_dedicated_mask' without the 'mixed' policy.";
  if (policy === 'dedicated')
    return dedicated ? mixedOnly : { policy, pinned: Array.from({ length: flavor.vcpus }, (_, at) => at) };
  if (policy === 'mixed') {
    const given = [dedicated, realtime].filter((mask) => mask !== undefined && mask.length > 0);
    if (given.length === 1) return { policy, pinned: dedicated ?? realtime ?? [] };
    return "Dedicated CPU set can be specified from either 'hw:cpu_dedicated_mask' or 'hw:cpu_realtime_mask' when using 'mixed' CPU policy. 'hw:cpu_dedicated_mask' and 'hw:cpu_realtime_mask' can not be specified at the same time, or be specified with none of them.";
  }
  if (threads) return 'Cannot set cpu thread pinning policy in a non dedicated cpu pinning policy';
  if (emulator === 'isolate')
    return 'An isolated CPU emulator threads option requires a dedicated CPU policy option.';
  if (dedicated) return mixedOnly;
  if (realtime) return 'Cannot set realtime policy in a non dedicated cpu pinning policy';
  return { policy, pinned: [] };
}

type Agreed =
  | { readonly value: string | undefined; readonly refusal?: undefined }
  | { readonly refusal: string };

function agreeOnPolicy(boot: Boot): Agreed {
  const ofFlavor = specOf(boot, 'hw:cpu_policy');
  const ofImage = textProp(boot, 'hw_cpu_policy');
  if (ofFlavor && !policies.includes(ofFlavor))
    return { refusal: explainUnknown('CPU policy', ofFlavor, policies) };
  const forbidden =
    (ofFlavor === 'mixed' && ofImage === 'dedicated') ||
    (ofFlavor === 'shared' && (ofImage === 'mixed' || ofImage === 'dedicated'));
  if (forbidden)
    return {
      refusal:
        "Image property 'hw_cpu_policy' is not permitted to override CPU pinning policy set against the flavor",
    };
  return { value: ofFlavor || ofImage };
}

function agreeOnThreads(boot: Boot): Agreed {
  const ofFlavor = specOf(boot, 'hw:cpu_thread_policy');
  const ofImage = textProp(boot, 'hw_cpu_thread_policy');
  if (ofFlavor && !threadPolicies.includes(ofFlavor))
    return { refusal: explainUnknown('CPU thread policy', ofFlavor, threadPolicies) };
  if (ofFlavor === undefined || ofFlavor === 'prefer') return { value: ofFlavor || ofImage };
  if (ofImage && ofImage !== ofFlavor)
    return {
      refusal:
        "Image property 'hw_cpu_thread_policy' is not permitted to override CPU thread pinning policy set against the flavor",
    };
  return { value: ofFlavor };
}

function explainUnknown(what: string, requested: string, known: readonly string[]): string {
  return `${what} requested from 'flavor extra specs' is invalid, given: '${requested}', available: '${tuple(known)}'.`;
}

function refuseEmulator(policy: string | undefined): string | undefined {
  return policy && !emulatorPolicies.includes(policy)
    ? `CPU emulator threads option requested is invalid, given: '${policy}', available: '${tuple(emulatorPolicies)}'.`
    : undefined;
}

function tuple(values: readonly string[]): string {
  return `(${values.map(formatPython).join(', ')})`;
}

/** The realtime processors; undefined where the flavor does not ask for any; a text where they are refused. */
export function readRealtime(boot: Boot): readonly number[] | string | undefined {
  if (!booleanSpec(boot, 'hw:cpu_realtime')) return undefined;
  const { vcpus } = boot.flavor;
  const mask = textProp(boot, 'hw_cpu_realtime_mask') || specOf(boot, 'hw:cpu_realtime_mask');
  const read = readMask(mask, vcpus);
  if (typeof read === 'string') return read;
  const emulator = specOf(boot, 'hw:emulator_threads_policy');
  if (read.length === 0) return needsOthers;
  const refusedEmulator = refuseEmulator(emulator);
  if (refusedEmulator !== undefined) return refusedEmulator;
  const inside = read.filter((processor) => processor >= 0 && processor < vcpus);
  if (inside.length === vcpus && read.length === vcpus && !emulator) return needsOthers;
  return inside.length < read.length
    ? 'Realtime policy vCPU(s) mask is configured with RT vCPUs that are not a subset of the vCPUs in the flavor. See hw:cpu_realtime_mask or hw_cpu_realtime_mask'
    : read;
}

const needsOthers =
  'Use of realtime CPUs requires either one or more non-realtime CPU(s) or offloaded emulator threads.';

function readDedicated(boot: Boot): readonly number[] | string | undefined {
  const mask = specOf(boot, 'hw:cpu_dedicated_mask');
  if (!mask) return undefined;
  const { vcpus } = boot.flavor;
  const read = readMask(mask, vcpus);
  if (typeof read === 'string') return read;
  const inside = read.filter((processor) => processor >= 0 && processor < vcpus);
  if (read.length === 0 || inside.length === vcpus)
    return "Mixed instance must have at least 1 pinned vCPU and 1 unpinned vCPU. See 'hw:cpu_dedicated_mask'.";
  return inside.length < read.length
    ? 'Mixed instance dedicated vCPU(s) mask is not a subset of vCPUs in the flavor. See "hw:cpu_dedicated_mask"'
    : read;
}

/** A mask of processors; `^0` is all of the flavor's but 0, and without a mask it is all. */
function readMask(mask: string | undefined, vcpus: number): readonly number[] | string {
  if (!mask) return Array.from({ length: vcpus }, (_, at) => at);
  return readCpuList(mask.trim().startsWith('^') ? `0-${vcpus - 1},${mask}` : mask);
}

/** Weighs `resources:VCPU` and `resources:PCPU` of the flavor against the policy. */
function weighResources(
  boot: Boot,
  policy: string | undefined,
  emulator: string | undefined,
): { readonly policy: string | undefined } | string {
  const shared = sumOf(boot, 'VCPU');
  const pinned = sumOf(boot, 'PCPU');
  const { vcpus } = boot.flavor;
  if (policy && (shared || pinned))
    return "It is not possible to use the 'resources:VCPU' or 'resources:PCPU' extra specs in combination with the 'hw:cpu_policy' extra spec or 'hw_cpu_policy' image metadata property; use one or the other";
  if (shared && pinned)
    return "It is not possible to specify both 'resources:VCPU' and 'resources:PCPU' extra specs; use one or the other";
  if (pinned && emulator === 'isolate' && vcpus + 1 !== pinned)
    return "You have requested 'hw:emulator_threads_policy=isolate' but have not requested sufficient PCPUs to handle this policy; you must allocate exactly flavor.vcpus + 1 PCPUs.";
  if (pinned && emulator !== 'isolate' && vcpus !== pinned)
    return "There is a mismatch between the number of PCPUs requested via 'resourcesNN:PCPU' and the flavor); you must allocate exactly flavor.vcpus PCPUs";
  return { policy: shared ? 'shared' : pinned ? 'dedicated' : policy };
}

function sumOf({ flavor }: Boot, resource: string): number {
  const name = new RegExp(`^resources(?:[1-9][0-9]*)?:${resource}`);
  return Object.entries(flavor.extra_specs)
    .filter(([spec]) => name.test(spec))
    .reduce((sum, [, value]) => sum + (parseInteger(value) ?? 0), 0);
}

function hyperthreading({ flavor, image }: Boot): string | undefined {
  const spec = Object.entries(flavor.extra_specs).find(([name]) =>
    /^trait(?:[1-9][0-9]*)?:HW_CPU_HYPERTHREADING/.test(name),
  );
  return spec ? spec[1] : image.props.traits.includes('HW_CPU_HYPERTHREADING') ? 'required' : undefined;
}

/** Refuses more serial ports than the flavor has. */
export function refuseSerialPorts(boot: Boot): string | undefined {
  const spec = specOf(boot, 'hw:serial_port_count');
  const ofFlavor = spec ? parseInteger(spec) : 0;
  if (ofFlavor === undefined)
    return `Number of serial ports specified in flavor is invalid: expected an integer, got '${spec}'`;
  const ofImage = Number(propOf(boot, 'hw_serial_port_count') ?? 0);
  return ofFlavor && ofImage && ofImage > ofFlavor
    ? 'Forbidden to exceed flavor value of number of serial ports passed in image meta.'
    : undefined;
}
