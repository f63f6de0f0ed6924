import { readPageSize } from '../../properties/numa.ts';
import { checksSource } from '../../properties/property.ts';
import type { Observation, Rule } from '../../rule.ts';
import { show } from '../../service/attributes.ts';
import { kinds, setFix } from './fixes.ts';
import { type NovaSet, novaSets } from './novaSets.ts';

const common = {
  kinds,
  profile: 'openstack',
  restsOnImage: true,
  source: checksSource,
} as const;

/** Processors and memory. */
export const placementRules: readonly Rule[] = [
  {
    ...common,
    id: 'hw/numa',
    atBoot: true,
    severity: 'error',
    summary:
      'Each NUMA node has its processors and its memory, from node 0 on; without hw_numa_nodes neither counts.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_numa_nodes: "2"\nhw_numa_cpus.0: "0-1"\nhw_numa_cpus.1: "2-3"\n',
      good: 'name: web\nhw_numa_nodes: "2"\n',
    },
    *check(subject) {
      for (const nova of novaSets(subject)) if (nova.set.complete) yield* nodes(nova);
    },
  },
  {
    ...common,
    id: 'hw/memory',
    atBoot: true,
    severity: 'warning',
    summary:
      'A page size must be one that Nova reads and the flavor allows; locked memory needs a page size.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_locked_memory: "true"\n',
      good: 'name: web\nhw_locked_memory: "true"\nhw_mem_page_size: large\n',
    },
    *check(subject) {
      for (const { set, value, find } of novaSets(subject)) {
        const pages = find('hw_mem_page_size');
        if (pages && typeof readPageSize(pages.text) === 'string')
          yield {
            pointer: pages.pointer,
            severity: 'error',
            message: `Nova refuses each boot: ${show(pages.text)} is no page size. Write small, large, any, a number of KiB, or a size such as 2MB.`,
            fixes: /^huge/i.test(pages.text) ? setFix(set, 'hw_mem_page_size', 'large') : [],
          };
        const locked = find('hw_locked_memory');
        if (!locked || !set.complete || value('hw_locked_memory') !== true) continue;
        if (value('hw_mem_page_size') !== undefined) continue;
        yield {
          pointer: locked.pointer,
          message:
            'Nova refuses to boot locked memory without a page size, unless the flavor has one. Add hw_mem_page_size.',
          fixes: setFix(set, 'hw_mem_page_size', 'large'),
        };
      }
    },
  },
  {
    ...common,
    id: 'hw/cpu-policy',
    atBoot: true,
    severity: 'warning',
    summary: 'A thread policy needs pinned processors: by hw_cpu_policy: dedicated, or by the flavor.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_cpu_thread_policy: isolate\n',
      good: 'name: web\nhw_cpu_policy: dedicated\nhw_cpu_thread_policy: isolate\n',
    },
    *check(subject) {
      for (const { set, props, value, find } of novaSets(subject)) {
        const stated = find('hw_cpu_thread_policy', 'hw_cpu_policy');
        const threads = value('hw_cpu_thread_policy');
        const policy = value('hw_cpu_policy');
        if (!stated || !set.complete) continue;
        if (threads !== undefined && policy !== 'dedicated' && policy !== 'mixed')
          yield {
            pointer: stated.pointer,
            message:
              'Unless the flavor pins processors, Nova refuses each boot: “Cannot set cpu thread pinning policy in a non dedicated cpu pinning policy”.',
            fixes: setFix(set, 'hw_cpu_policy', 'dedicated'),
          };
        else if (threads !== undefined && props.traits.includes('HW_CPU_HYPERTHREADING'))
          yield {
            pointer: stated.pointer,
            severity: 'error',
            message:
              'Nova refuses each boot of an image with both a thread policy and trait:HW_CPU_HYPERTHREADING. Remove one of them.',
          };
        else if (policy === 'mixed')
          yield {
            pointer: stated.pointer,
            severity: 'information',
            message:
              'Only flavors that say which processors are pinned (hw:cpu_dedicated_mask) boot this image.',
          };
      }
    },
  },
  {
    ...common,
    id: 'hw/topology',
    atBoot: true,
    severity: 'error',
    summary: 'An image cannot wish for more sockets, cores or threads than it lets at most.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_cpu_cores: "4"\nhw_cpu_max_cores: "2"\n',
      good: 'name: web\nhw_cpu_cores: "2"\nhw_cpu_max_cores: "4"\n',
    },
    *check(subject) {
      for (const { set, value, find } of novaSets(subject))
        for (const part of ['sockets', 'cores', 'threads']) {
          const [name, limit] = [`hw_cpu_${part}`, `hw_cpu_max_${part}`];
          const [wish, most] = [Number(value(name) ?? 0), Number(value(limit) ?? 0)];
          const stated = find(name, limit);
          if (!stated || most <= 0 || wish <= most) continue;
          yield {
            pointer: stated.pointer,
            message: `Nova refuses each boot: the image wishes for ${wish} ${part} and lets ${most} at most.`,
            fixes: setFix(set, limit, String(wish)),
          };
        }
    },
  },
];

function* nodes({ set, props, value, find }: NovaSet): Generator<Observation> {
  const count = value('hw_numa_nodes');
  const { numaCpus: cpus = [], numaMemory: memory = [] } = props;
  const perNode = set.stated.filter(({ name }) => /^hw_numa_(?:cpus|mem)\./.test(name));
  const [first] = perNode;
  const stated = find('hw_numa_nodes') ?? first;
  if (!stated) return;
  for (const { name, pointer } of perNode) {
    const [field = '', node = ''] = name.split('.');
    const read = field === 'hw_numa_cpus' ? cpus.length : memory.length;
    if (/^\d+$/.test(node) && Number(node) < read) continue;
    yield {
      pointer,
      severity: 'warning',
      message: `Nova reads nodes from 0 without a gap, and ignores '${name}', since '${field}.${read}' is missing.`,
    };
  }
  if (cpus.length === 0 && memory.length === 0) return;
  if (typeof count !== 'number' || count < 1) {
    const most = Math.max(cpus.length, memory.length);
    // One node is what pinned processors have anyway.
    if (value('hw_cpu_policy') === 'dedicated' && most === 1 && cpus.length === memory.length) return;
    yield {
      pointer: stated.pointer,
      severity: 'warning',
      message: `Without hw_numa_nodes these have no effect, unless the flavor has it. Add hw_numa_nodes: ${most}.`,
      fixes: setFix(set, 'hw_numa_nodes', String(most)),
    };
    return;
  }
  if (cpus.length !== count || memory.length !== count)
    yield {
      pointer: stated.pointer,
      message: `Nova refuses each boot: “CPU and memory allocation must be provided for all NUMA nodes”. There are ${count} nodes, processors of ${cpus.length} and memory of ${memory.length}.`,
    };
  const all = cpus.flat();
  const twice = all.find((processor, at) => all.indexOf(processor) < at);
  if (twice !== undefined)
    yield {
      pointer: stated.pointer,
      message: `Nova refuses each boot: processor ${twice} is in two nodes. Leave it in one of them.`,
    };
}
