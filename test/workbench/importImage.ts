import type { Cloud } from '../../server/cloud/cloud.ts';
import { waitForTask } from '../../server/cloud/run/waiting.ts';
import { makeDisk } from '../tools/disks.ts';

/** Makes an own image as an import leaves it, of a disk that is written to `disk`. Answers its id. */
export async function importImage(cloud: Cloud, disk: string, name: string): Promise<string> {
  makeDisk(disk, 'linux');
  await cloud.objects.putObject('exports', 'web.vhd', disk);
  const input = { import_from: 'exports/web.vhd', image_properties: { name } };
  const { id } = await cloud.tasks.create('import', input);
  const { result } = await waitForTask(cloud.tasks, id, { interval: 50 });
  return String(result?.['image_id']);
}
