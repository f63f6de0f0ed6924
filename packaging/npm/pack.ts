/** `npm run package:npm`: what the command line, the emulator and the testing helper need, as a tarball for npm. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The programs; what they share and load late comes with them. */
const programs = [
  'cli',
  'disks',
  'emulator',
  'emulatorService',
  'languageServer',
  'proxyClient',
  'server',
  'testing',
];

/** Packs what was built into dist; answers the tarball's path, in the folder `to`. */
export function packForNpm(to: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-npm-'));
  try {
    lay(folder);
    mkdirSync(to, { recursive: true });
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const packed = execFileSync(npm, ['pack', '--json', '--ignore-scripts', '--pack-destination', to], {
      cwd: folder,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const [{ filename }] = JSON.parse(packed);
    return join(to, filename);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lays the package out in an empty folder. */
export function lay(folder: string): void {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const own = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'));
  const { name, ...rest } = own;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, ...rest }, null, 2)}\n`);
  const copy = (file: string, to = file): void => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(join(root, file), join(folder, to), { recursive: true });
  };
  for (const file of [...listBundles(), 'dist/cloud-images.1']) copy(file);
  copy('server/testing/api.ts', 'dist/testing.d.ts');
  appendFileSync(join(folder, 'dist', 'testing.d.ts'), '\nexport declare const startCloud: StartCloud;\n');
  copy('packaging/npm/README.md', 'README.md');
  for (const file of ['LICENSE', 'server/rules/README.md', 'server/rules/SOURCES.md']) copy(file);
  cpSync(join(root, 'schemas'), join(folder, 'schemas'), {
    recursive: true,
    filter: (path) => basename(path) !== 'generated',
  });
}

/** The files of `programs`, with all that they import at once or late. */
function listBundles(): string[] {
  const { outputs }: { outputs: Record<string, { imports: { path: string; external?: boolean }[] }> } =
    JSON.parse(readFileSync(join(root, 'dist', 'meta.json'), 'utf8'));
  const found = new Set<string>();
  const add = (path: string): void => {
    const output = outputs[path];
    if (found.has(path)) return;
    if (!output) throw new Error(`${path} was not built. Run npm run build first.`);
    found.add(path);
    for (const { path: next, external } of output.imports) if (!external) add(next);
  };
  for (const program of programs) add(`dist/${program}.js`);
  return [...found].sort();
}

if (process.argv[1] === import.meta.filename) console.log(packForNpm(join(root, 'dist')));
