/** `npm run bench`: ratios against peers measured in the same run, and the sizes of what ships. Never a pass or a fail. */
import { benchDetails } from './details.ts';
import { benchDisks } from './disks.ts';
import { benchEditing } from './editing.ts';
import { benchEmulatorStart } from './emulatorStart.ts';
import { benchImages } from './images.ts';
import { benchObjects } from './objects.ts';
import { benchPictures } from './pictures.ts';
import { benchServers } from './servers.ts';
import { printSizes } from './sizes.ts';
import { benchTasks } from './tasks.ts';

console.log(`Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);
await benchEditing();
await benchEmulatorStart();
await benchImages();
await benchObjects();
await benchDisks();
await benchTasks();
await benchServers();
await benchPictures();
await benchDetails();
printSizes();
