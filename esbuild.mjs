// Builds what ships into dist, the pages of webviews into dist/pictures, and before that the compiled schema validators.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { basename, dirname, join } from 'node:path';
import Ajv from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import * as esbuild from 'esbuild';

/** Libraries that are CommonJS ask for Node's modules, and for `vscode`, by `require`. */
const requireForLibraries =
  "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);";

/** Schemas of what is no manifest and no test of one. */
const otherSchemas = ['cloud-images', 'plan'];

const production = process.argv.includes('--production');
await compileValidators();
if (process.argv.includes('--watch')) await watch();
else if (!process.argv.includes('--validators-only')) await bundle();

/** schemas/NAME.json → `export const NAME` in schemas/generated/validators.js: no ajv compiler at run time. */
async function compileValidators() {
  const files = (await readdir('schemas')).filter((file) => file.endsWith('.json')).sort();
  const schemas = await Promise.all(
    files.map(async (file) => JSON.parse(await readFile(`schemas/${file}`, 'utf8'))),
  );
  const names = files.map((file) => camelCase(basename(file, '.json')));
  const ajv = new Ajv({
    schemas,
    allErrors: true,
    verbose: false,
    strict: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
  });
  const code = standaloneCode(ajv, Object.fromEntries(names.map((name, at) => [name, schemas[at].$id])));
  const bundled = await esbuild.build({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    write: false,
  });
  await mkdir('schemas/generated', { recursive: true });
  await writeFile(
    'schemas/generated/schemas.js',
    `/** The schemas of manifests and their tests, by the part of a file's name that says the kind. */\nexport const schemas = ${JSON.stringify(
      Object.fromEntries(
        files
          .map((file, at) => [basename(file, '.json'), schemas[at]])
          .filter(([name]) => !otherSchemas.includes(name)),
      ),
    )};\n`,
  );
  await writeFile(
    'schemas/generated/schemas.d.ts',
    'export const schemas: Readonly<Record<string, object>>;\n',
  );
  await writeFile('schemas/generated/validators.js', bundled.outputFiles[0].text);
  await writeFile(
    'schemas/generated/validators.d.ts',
    `import type { ErrorObject } from 'ajv';\nexport interface Validate {\n  (data: unknown): boolean;\n  errors?: ErrorObject[] | null;\n}\n${names.map((name) => `export const ${name}: Validate;`).join('\n')}\n`,
  );
}

function bundleOptions() {
  const entries = {
    extension: 'client/start.ts',
    server: 'server/language/start.ts',
    languageServer: 'server/language/main.ts',
    emulator: 'server/emulator/start.ts',
    emulatorService: 'server/emulator/main.ts',
    disks: 'server/emulator/diskWorker/main.ts',
    cli: 'server/cli.ts',
    proxyClient: 'server/cloud/http/proxyClient.ts',
    testing: 'server/testing/start.ts',
  };
  return {
    entryPoints: entries,
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    splitting: true, // what several programs need, and what is loaded late, in a file of its own
    chunkNames: '[name]-[hash]', // beside the programs, since code finds its files from where it is
    banner: { js: requireForLibraries },
    mainFields: ['module', 'main'],
    // yaml's build for Node asks the environment at each token whether to print it, a seventh of all reading.
    alias: { yaml: './node_modules/yaml/browser/dist/index.js' },
    external: ['vscode'],
    plugins: [plainHttp(), lateCrypto(), oneParser(), withoutUnused(), smallerMcp()],
    minify: production,
    keepNames: false,
    sourcemap: production ? false : 'linked',
    metafile: true,
    logLevel: 'warning',
  };
}

/** The pages of webviews: each room of client with a page/main.ts, its main.css, and what all pages look like. */
async function pageOptions() {
  const rooms = (await readdir('client')).filter((room) => existsSync(`client/${room}/page/main.ts`));
  const entries = rooms.flatMap((room) =>
    ['ts', 'css'].map((kind) => ({ in: `client/${room}/page/main.${kind}`, out: room })),
  );
  return {
    entryPoints: [...entries, { in: 'client/pictures/page/base.css', out: 'base' }],
    outdir: 'dist/pictures',
    bundle: true,
    platform: 'browser',
    target: 'chrome138',
    format: 'iife',
    minify: production,
    sourcemap: production ? false : 'inline',
    metafile: true,
    logLevel: 'warning',
  };
}

/**
 * The extension where there is no Node, and the language server as its worker. An extension host in a browser takes CommonJS
 * alone, and a worker of it scripts alone.
 */
function browserOptions() {
  return ['extension', 'languageServer'].map((name) => ({
    entryPoints: [name === 'extension' ? 'client/browser/extension.ts' : 'server/language/browser.ts'],
    outfile: `dist/web/${name}.${name === 'extension' ? 'cjs' : 'js'}`,
    bundle: true,
    platform: 'browser',
    target: 'chrome138',
    format: name === 'extension' ? 'cjs' : 'iife',
    external: ['vscode'],
    minify: production,
    sourcemap: production ? false : 'linked',
    metafile: true,
    logLevel: 'warning',
  }));
}

/** Builds again whenever a file changes, until Ctrl+C. The schemas' validators are compiled once. */
async function watch() {
  await mkdir('dist', { recursive: true });
  for (const options of [bundleOptions(), await pageOptions(), ...browserOptions()]) {
    const context = await esbuild.context({ ...options, logLevel: 'info' });
    await context.watch();
  }
}

async function bundle() {
  await mkdir('dist', { recursive: true });
  const result = await esbuild.build(bundleOptions());
  const others = await Promise.all(
    [await pageOptions(), ...browserOptions()].map((options) => esbuild.build(options)),
  );
  await writeFile('dist/package.json', '{ "type": "module" }\n'); // for a dist that is copied elsewhere
  await removeOthers(Object.keys(result.metafile.outputs));
  if (production) await writeReadme();
  await writeFile('dist/cloud-images.1', execFileSync(process.execPath, ['dist/cli.js', 'man']));
  await writeFile('dist/meta.json', JSON.stringify(result.metafile));
  const outputs = Object.assign({}, ...[result, ...others].map(({ metafile }) => metafile.outputs));
  for (const [file, output] of Object.entries(outputs)) {
    if (/\.(?:c?js|css)$/.test(file))
      console.log(`${file.padEnd(20)} ${(output.bytes / 1024).toFixed(0).padStart(6)} KB`);
  }
}

/** Removes the shared files of earlier builds, which have other names. */
async function removeOthers(outputs) {
  const built = new Set(outputs.map((path) => basename(path)));
  for (const file of await readdir('dist'))
    if (/\.js(\.map)?$/.test(file) && !built.has(file)) await rm(join('dist', file));
}

/**
 * Takes `node:http` as CommonJS does. Where it is imported, all that it exports is read at the start, also what is made only
 * then: all of undici, a third of a short command's time.
 */
function plainHttp() {
  return {
    name: 'plain http',
    setup: (build) => {
      build.onResolve({ filter: /^node:http$/ }, ({ path, kind }) =>
        kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'builtin' }, () => ({
        contents: `const http = process.getBuiltinModule('node:http');\n${Object.keys(http)
          .map((name) => `export const ${name} = /* @__PURE__ */ (() => http.${name})();`)
          .join('\n')}`,
      }));
    },
  };
}

/** vscode-jsonrpc loads all of crypto for the names of pipes, which is a tenth of the language server's start. */
function lateCrypto() {
  return {
    name: 'late crypto',
    setup: (build) => {
      build.onResolve({ filter: /^crypto$/ }, ({ importer }) =>
        importer.includes('vscode-jsonrpc') ? { path: 'crypto', namespace: 'late' } : undefined,
      );
      build.onLoad({ filter: /^crypto$/, namespace: 'late' }, () => ({
        contents: "module.exports = new Proxy({}, { get: (_, name) => require('node:crypto')[name] });",
      }));
    },
  };
}

/** undici brings the parser of HTTP twice, as WebAssembly with and without SIMD: half of what little it is used for. */
function oneParser() {
  return {
    name: 'one parser',
    setup: (build) => {
      build.onResolve({ filter: /llhttp_simd-wasm/ }, ({ path, resolveDir }) => ({
        path: join(resolveDir, `${path.replace('llhttp_simd-wasm', 'llhttp-wasm').replace(/\.js$/, '')}.js`),
      }));
    },
  };
}

/**
 * Leaves out of MCP's SDK what the tools have no use for, a third of it: ajv, which validates what people answer, since
 * server/mcp reads the one answer that it asks for; and schemas of zod as JSON Schema, since the tools' are that already.
 */
function smallerMcp() {
  const unused = /ajvProvider|zod\/v4\/core\/(?:json-schema-processors|to-json-schema)\.js$/;
  return {
    name: 'smaller MCP',
    setup: (build) => {
      build.onLoad({ filter: unused }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const names = [...text.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
        return { contents: [...names, 'n'].map((name) => `export function ${name}() {}`).join('\n') };
      });
    },
  };
}

/**
 * Leaves out what fastify loads for schemas of routes, its own log, injected requests, trusted proxies and versions of plugins,
 * none of which the emulator has, and of undici all but what a proxy takes.
 */
function withoutUnused() {
  return {
    name: 'without unused',
    setup: (build) => {
      build.onResolve(
        {
          filter:
            /^(?:@fastify\/(?:ajv-compiler|fast-json-stringify-compiler|proxy-addr)|light-my-request|semver|\.\/logger-pino\.js)$/,
        },
        ({ path, importer }) =>
          /[\\/]fastify[\\/]/.test(importer) ? { path, namespace: 'absent' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
        contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not part of the emulator.`)}); };`,
      }));
      build.onLoad({ filter: /[\\/]undici[\\/]index\.js$/ }, ({ path }) => ({
        resolveDir: dirname(path),
        contents: `Object.assign(require('./lib/dispatcher/dispatcher').prototype, require('./lib/api'));
        module.exports = {
          Agent: require('./lib/dispatcher/agent'),
          ProxyAgent: require('./lib/dispatcher/proxy-agent'),
          fetch: require('./lib/web/fetch').fetch,
        };`,
      }));
    },
  };
}

/** README as it ships: pictures have no address as long as the project has none. */
async function writeReadme() {
  const readme = await readFile('README.md', 'utf8');
  await writeFile('dist/README.md', readme.replace(/^!\[[^\]]*\]\([^)]*\)\n+/gm, ''));
}

function camelCase(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}
