import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { asText, isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import type { DiskChange } from '../../../../rules/service/diskGrowth.ts';
import { list, number, oneOf, optional, readFields } from '../../../control/fields.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { readJson } from '../../../kernel/body.ts';
import { readParam, readQuery, readWholeNumber } from '../../../kernel/request.ts';
import type { Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { OnControl } from '../../service.ts';
import { isPrepared } from '../life/guests.ts';
import type { ServerRow } from '../servers/rows.ts';
import { withDisk } from './disk.ts';
import { changeGuestDisk, encodeGuestDisk, measureGuestDisk, readGuestDisk } from './guestDisk.ts';
import { noteCoalesce, paceOf } from './pace.ts';

/**
 * What happens inside a server, and what Support does to it: its guest writes and deletes, amounts or bytes; its disk is
 * read; its chain of VHDs is coalesced. So what an image of it takes, and holds, can be rehearsed.
 */
export function diskControl(on: OnControl, context: EmulatorContext): void {
  const { jobs, store, servers } = context;
  on('GET', '/imagings/:region', (request) => {
    const region = readParam(request, 'region');
    const places = jobs.places('server-image').filter(({ data }) => data['region'] === region);
    return {
      imagings: places.map(({ data, waiting, ahead }) => ({
        server: asText(data['server'] ?? ''),
        image: asText(data['image'] ?? ''),
        waiting,
        ahead,
      })),
    };
  });
  on('GET', '/servers/:region/:id/disk', async (request) => {
    const row = findRow(context, request);
    const query = readQuery(request);
    const offset = query.get('offset');
    if (offset === null) return describeDisk(context, row);
    const start = readWholeNumber('offset', offset);
    const length = readWholeNumber('length', query.get('length') ?? '512');
    if (length > mostBytes || start + length > row.disk_bytes)
      throw new ApiError(
        'emulator/body',
        `offset and length must lie in the disk's ${row.disk_bytes} bytes, and length be at most ${mostBytes}.`,
      );
    const scratch = context.blobs.incoming();
    try {
      const bytes = await withDisk(context, row, scratch, (disk) =>
        context.lane.readDisk({ ...disk, offset: start, length }),
      );
      return { offset: start, length, base64: Buffer.from(bytes).toString('base64') };
    } finally {
      context.blobs.discard(scratch);
    }
  });
  on('POST', '/servers/:region/:id/disk', async (request) => {
    const {
      write,
      delete: deleted,
      ...more
    } = readFields(await readJson(request), {
      write: optional(readWrite),
      delete: optional(readDeletion),
      files: optional(number(0, 1e12)),
      roles: optional(list(oneOf('domain_controller', 'virtual_appliance'))),
    });
    const bytes = write && 'bytes' in write ? await receiveBytes(context, write.bytes) : undefined;
    try {
      return await store.write(() => {
        let row = findRow(context, request);
        for (const [part, kind] of [
          [write, 'write'],
          [deleted, 'delete'],
        ] as const)
          if (part) row = change(context, row, kind, part, kind === 'write' ? bytes : undefined);
        const disk = readGuestDisk(row, context.clock.now());
        const { files = disk.files, roles = disk.roles } = more;
        row = servers.change(row, encodeGuestDisk({ ...disk, files, roles }));
        return describeDisk(context, row);
      });
    } finally {
      if (bytes) context.blobs.discard(bytes.file); // what was adopted is no longer there
    }
  });
  on('POST', '/servers/:region/:id/coalesce', (request) =>
    store.write(() => {
      const row = findRow(context, request);
      return describeDisk(context, servers.change(row, noteCoalesce(context, row)));
    }),
  );
}

/** Bytes of one write, and of one read. */
const mostBytes = 2 ** 19;

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** An amount in GB, or bytes of the disk. */
type Part = { readonly gb: number } | Range;
type Written = Part | (Range & { readonly bytes: Buffer });

function readWrite(value: Json | undefined, name: string): Written {
  if (isObject(value) && Object.hasOwn(value, 'gb')) return readAmount(value, name);
  const { offset, base64 } = readFields(
    value ?? null,
    { offset: number(0, Number.MAX_SAFE_INTEGER), base64: readBase64 },
    name,
  );
  return { offset, length: base64.length, bytes: base64 };
}

function readDeletion(value: Json | undefined, name: string): Part {
  if (isObject(value) && Object.hasOwn(value, 'gb')) return readAmount(value, name);
  return readFields(
    value ?? null,
    { offset: number(0, Number.MAX_SAFE_INTEGER), length: number(1, Number.MAX_SAFE_INTEGER) },
    name,
  );
}

function readAmount(value: JsonObject, name: string): { gb: number } {
  return readFields(value, { gb: number(0, 1e6, 'any') }, name);
}

function readBase64(value: Json | undefined, name: string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
  if (bytes.length === 0 || bytes.length > mostBytes)
    throw new ApiError('emulator/body', `${name} must be 1 to ${mostBytes} bytes in Base64.`);
  return bytes;
}

interface Received {
  readonly file: string;
  readonly hash: string;
  readonly size: number;
}

async function receiveBytes({ blobs }: EmulatorContext, bytes: Buffer): Promise<Received> {
  const file = blobs.incoming();
  writeFileSync(file, bytes, { flush: true });
  return { file, hash: createHash('sha512').update(bytes).digest('hex'), size: bytes.length };
}

/** Inside `store.write`. */
function change(
  context: EmulatorContext,
  row: ServerRow,
  kind: 'write' | 'delete',
  part: Part,
  bytes: Received | undefined,
): ServerRow {
  const { blobs, clock, servers, store } = context;
  if ('offset' in part) {
    if (part.offset + part.length > row.disk_bytes)
      throw new ApiError('emulator/body', `The disk has ${row.disk_bytes} bytes.`);
    if (bytes) blobs.adopt(bytes.file, bytes.hash, bytes.size);
    store.run(
      'INSERT INTO server_writes (server, start, length, blob) VALUES (?, ?, ?, ?)',
      row.key,
      part.offset,
      part.length,
      bytes?.hash ?? null,
    );
  }
  const gb = 'gb' in part ? part.gb : part.length / 2 ** 30;
  const isImaged = row.task_state?.startsWith('image_') === true;
  const how: DiskChange = kind === 'write' ? { write: gb } : { delete: gb };
  return servers.change(
    row,
    encodeGuestDisk(changeGuestDisk(readGuestDisk(row, clock.now()), how, isImaged)),
  );
}

function findRow({ regions, servers }: EmulatorContext, request: Request): ServerRow {
  const [region, id] = [readParam(request, 'region'), readParam(request, 'id')];
  const row = regions.includes(region) ? servers.find(region, id) : undefined;
  if (!row) throw new ApiError('emulator/not-found', `There is no server ${id} in the region '${region}'.`);
  return row;
}

function describeDisk(context: EmulatorContext, row: ServerRow): JsonObject {
  const disk = readGuestDisk(row, context.clock.now());
  const size = measureGuestDisk(context, disk);
  const { before, upload } = paceOf(context, row);
  return {
    id: row.id,
    bytes: row.disk_bytes,
    used_gb: disk.past.usedGb,
    largest_gb: disk.past.largestGb,
    written_since_image_gb: disk.past.writtenSinceImageGb,
    ...(size ? { vhd_gb: size.vhdGb, chain_gb: size.chainGb } : {}),
    files: disk.files,
    roles: [...disk.roles],
    failures: disk.failures,
    prepared: isPrepared(disk, row),
    imaging_minutes: { before: before / 60_000, upload: upload / 60_000 },
  };
}
