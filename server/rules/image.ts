import { visibilities } from './attributes.ts';
import { observe } from './subjects.ts';
import type { Rule } from './types.ts';

const kinds = ['image', 'patch'] as const;

export const imageRules: readonly Rule[] = [
  {
    id: 'image/read-only',
    severity: 'error',
    kinds,
    source: 'Cloud Images guide, PATCH image: restricted attributes',
    summary: 'Attributes such as id, status, size, checksum, owner and the dates are set by the service.',
    example: {
      kind: 'patch',
      bad: '- { op: replace, path: /status, value: active }\n',
      good: '- { op: replace, path: /name, value: web }\n',
    },
    *check(subject) {
      yield* observe(subject, 'image/read-only', ({ refusal, whole }) => ({
        message: `Only the service sets '${refusal.name ?? ''}'. Remove it.`,
        fixes: [{ title: `Remove '${refusal.name ?? ''}'`, edits: [{ do: 'remove', pointer: whole }] }],
      }));
    },
  },
  {
    id: 'image/value',
    severity: 'error',
    kinds,
    source: 'Images API v2, image schema',
    summary: 'Attributes of an image take the values of the image schema.',
    example: { kind: 'image', bad: 'name: web\nmin_disk: -1\n', good: 'name: web\nmin_disk: 20\n' },
    *check(subject) {
      yield* observe(subject, 'image/value', ({ refusal }) => ({
        message: `${refusal.text.slice(refusal.text.indexOf(': ') + 2)}.`,
      }));
    },
  },
  {
    id: 'image/visibility',
    severity: 'error',
    kinds,
    source: 'Cloud Images guide: only Rackspace publishes public images',
    summary: 'Customers cannot make an image public.',
    example: {
      kind: 'image',
      bad: 'name: web\nvisibility: public\n',
      good: 'name: web\nvisibility: private\n',
    },
    *check(subject) {
      yield* observe(subject, 'image/visibility', ({ refusal }) => ({
        message: `Only the cloud's administrators make images public. Choose ${visibilities(
          subject.facts.profile,
        )
          .filter((one) => one !== 'public')
          .join(', ')}; share it with single accounts as members.`,
        fixes: [
          {
            title: "Change to 'private'",
            edits: [{ do: 'set', pointer: refusal.pointer, value: 'private' }],
          },
        ],
      }));
    },
  },
  {
    id: 'image/locked-format',
    severity: 'error',
    kinds,
    source: 'Images API v2: formats change only while an image is queued',
    summary: 'disk_format and container_format of an image that has data cannot be changed.',
    example: {
      kind: 'patch',
      bad: '- { op: replace, path: /disk_format, value: raw }\n',
      good: '- { op: replace, path: /min_disk, value: 20 }\n',
      image: { status: 'active', disk_format: 'vhd' },
    },
    *check(subject) {
      yield* observe(subject, 'image/locked-format', ({ refusal, whole }) => ({
        message: `'${refusal.name ?? ''}' cannot change any more: the image has its data. Remove this change.`,
        fixes: [{ title: 'Remove this change', edits: [{ do: 'remove', pointer: whole }] }],
      }));
    },
  },
];
