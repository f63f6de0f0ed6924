/**
 * `npm run bench [-- PART …]`: ratios against peers measured in the same run, and the sizes of what ships. Never a pass or a
 * fail. Ends with one table of figures, their targets and peers, and puts them into RESULTS.md beside those of other parts.
 */
import { benchBrowse } from './browse.ts';
import { benchDetails } from './details.ts';
import { benchDisks } from './disks.ts';
import { benchEditing } from './editing.ts';
import { benchEmulatorStart } from './emulatorStart.ts';
import { benchImages } from './images.ts';
import { benchLists } from './imagesLists.ts';
import { benchMemory } from './memory.ts';
import { benchObjects } from './objects.ts';
import { benchPictures } from './pictures.ts';
import { beginPart, reportFigures } from './results.ts';
import { benchServers } from './servers.ts';
import { benchSizes } from './sizes.ts';
import { benchTasks } from './tasks.ts';

const parts: Readonly<Record<string, () => Promise<void> | void>> = {
  editing: benchEditing,
  start: benchEmulatorStart,
  images: benchImages,
  lists: benchLists,
  browse: benchBrowse,
  memory: benchMemory,
  objects: benchObjects,
  disks: benchDisks,
  tasks: benchTasks,
  servers: benchServers,
  pictures: benchPictures,
  details: benchDetails,
  sizes: benchSizes,
};
const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined)
  throw new Error(`There is no part '${unknown}'. Use ${Object.keys(parts).join(', ')}.`);
console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);
for (const [name, bench] of Object.entries(parts))
  if (chosen.length === 0 || chosen.includes(name)) {
    beginPart(name);
    await bench();
  }
reportFigures(Object.keys(parts));
