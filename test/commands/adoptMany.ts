/**
 * `npm run test:adopt -- IMAGES [SEED]`: so many random images are adopted into a folder, as YAML and as JSON, and their plans
 * are empty. The tests run a share of it.
 */
import { adoptImages } from './adoptImages.ts';
import { openPlace } from './cli.ts';

const [count = '1000', given] = process.argv.slice(2);
const seed = given === undefined ? Date.now() % 2 ** 31 : Number(given);
console.log(`seed ${seed}`);
for (const format of ['yaml', 'json'] as const) {
  const place = await openPlace({ emulator: { open: ['create'] } }, '--seed', 'empty');
  await adoptImages(place, { count: Number(count), seed, format });
  console.log(`${count} images as ${format}: every plan is empty, also after adopting again`);
}
