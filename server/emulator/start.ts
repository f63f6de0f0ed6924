import { isEntry, loadCompiled } from '../entry.ts';

// What dist/emulator.js is: the program itself, and what `cloud-images emulator` loads.
export const { main } = loadCompiled<typeof import('./main.ts')>('./emulatorService.js');
if (isEntry(import.meta.filename)) void main(process.argv.slice(2));
