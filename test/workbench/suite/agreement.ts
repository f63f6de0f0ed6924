import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Api } from '../../../client/extension.ts';
import type { Cloud } from '../../../server/cloud/cloud.ts';
import type { Outcome } from '../../../server/cloud/run/execute.ts';
import { answering, manifestUri, ownImageIn, rowThat, runVerb } from './support.ts';

/** Manifests of every kind and with every kind of fault; ID is an own image, OTHERS one of another account. */
const manifests: Readonly<Record<string, string>> = {
  'good.image.yaml': 'id: ID\norg.example.agreed: "1"\ntags: [agreed]\n',
  'same.image.yaml': 'id: ID\n',
  'protected.image.yaml': 'id: ID\ncom.rackspace__1__mine: "1"\n',
  'tag.image.json': `{"id": "ID", "tags": ["${'x'.repeat(256)}"]}\n`,
  'shape.image.yaml': 'id: ID\ntags: one\n',
  'others.image.yaml': 'id: OTHERS\norg.example.agreed: "1"\n',
  'nobody.image.yaml': 'name: Nobody has this\norg.example.agreed: "1"\n',
  'nameless.image.yaml': 'org.example.agreed: "1"\n',
  'list.image.yaml': '- id: ID\n  org.example.agreed: "2"\n- id: ID\n  org.example.listed: "1"\n',
  'several.image.yaml':
    'id: ID\norg.example.agreed: "3"\n---\n- op: add\n  path: /org.example.patched\n  value: "1"\n',
  'members.image.yaml': 'id: ID\nmembers: ["100002"]\n',
  'good.image-patch.yaml': '- op: add\n  path: /org.example.beside\n  value: "1"\n',
  'lonely.image-patch.yaml': '- op: add\n  path: /org.example.lonely\n  value: "1"\n',
  'several.image-patch.json': '[{"op": "move", "path": "/name"}]\n',
  'nobody.image-patch.yaml': '- op: add\n  path: /org.example.none\n  value: "1"\n',
  'good.image-import.yaml': importOf('good.vhd', 'name: Agreed'),
  'behind.image-import.yaml': `${importOf('good.vhd', 'name: Behind')}---\norg.example.behind: "1"\n---\ntype: export\ninput:\n  receiving_swift_container: agreed\n`,
  'windows.image-import.yaml': importOf('windows.vhd', 'name: Windows'),
  'words.image-import.yaml': importOf('words.vhd', 'name: Words'),
  // In a container that no setting maps to a folder: the settings of the editor are not those of the command line.
  'missing.image-import.yaml': importOf('missing.vhd', 'name: Missing').replace('exports/', 'nowhere/'),
  'property.image-import.yaml': importOf('good.vhd', 'name: X\n    com.rackspace__1__mine: "1"'),
  'empty.image-import.yaml': 'type: import\ninput: {}\n',
  'shape.image-import.yaml': 'type: import\ninput: exports/good.vhd\n',
  'good.image-export.yaml': 'type: export\ninput:\n  image_uuid: ID\n  receiving_swift_container: agreed\n',
  'others.image-export.yaml':
    'type: export\ninput:\n  image_uuid: OTHERS\n  receiving_swift_container: agreed\n',
  'nowhere.image-export.yaml':
    'type: export\ninput:\n  image_uuid: ID\n  receiving_swift_container: nowhere\n',
  'web.server.yaml': 'server:\n  name: web\n  imageRef: ID\n  flavorRef: "2"\n',
  'web.server-image.yaml': 'createImage:\n  name: image\n',
  'broken.image.yaml': 'id: [ID\n',
};

function importOf(object: string, properties: string): string {
  return `type: import\ninput:\n  import_from: exports/${object}\n  image_properties:\n    ${properties}\n`;
}

const demo = [
  'web.image.yaml',
  'web.image-patch.json',
  'web.image-import.yaml',
  'mistakes.image-import.yaml',
];

/** What a run comes to, in whichever way it is started. */
interface Ending {
  readonly text: string;
  readonly cloud: object;
}

describe('lens, sidebar and command line', () => {
  let api: Api;
  let cloud: Cloud;
  let id = '';
  let folder = '';
  const paths: string[] = [];

  before(async function () {
    this.timeout(120_000);
    ({ api, cloud, id } = await ownImageIn());
    const good = await manifestUri('web.image-import.yaml');
    const root = join(good.fsPath, '..', '..');
    folder = join(root, 'agreement');
    await mkdir(folder, { recursive: true });
    await copyFile(join(root, 'exports', 'web.vhd'), join(root, 'exports', 'good.vhd'));
    await writeFile(join(root, 'exports', 'words.vhd'), 'no disk');
    await cloud.objects.putContainer('agreed');
    const others = await anImageOfOthers(cloud);
    for (const [name, text] of Object.entries(manifests))
      await writeFile(join(folder, name), text.replaceAll('ID', id).replaceAll('OTHERS', others));
    paths.push(...Object.keys(manifests).map((name) => `agreement/${name}`));
    paths.push(...demo.map((name) => `manifests/${name}`));
    await control(api).takeSnapshot('agreement');
  });

  after(async () => {
    await control(api).restoreSnapshot('agreement');
    await control(api).deleteSnapshot('agreement');
  });

  it('plan every manifest alike, in the same words', async function () {
    this.timeout(180_000);
    for (const path of paths) {
      const lens = await planByLens(api, uriOf(path));
      const line = await commandLine(api, 'plan', [path]);
      assert.equal(lens, line, path);
    }
  });

  it('plan a manifest on the image of a row as with --image', async function () {
    this.timeout(120_000);
    const row = await rowThat(api, id, 'of the image', () => true);
    for (const name of ['nameless.image.yaml', 'protected.image.yaml', 'lonely.image-patch.yaml']) {
      const pick: Api['context']['ui']['pick'] = async (items) => items.find(({ label }) => label === name);
      const sidebar = await told(api, { pick }, () => runVerb('planManifest', row));
      assert.equal(sidebar, await commandLine(api, 'plan', ['--image', id, `agreement/${name}`]), name);
    }
  });

  it('run every manifest with the same result and the same refusals', async function () {
    this.timeout(400_000);
    for (const path of paths) {
      const byLens = await ending(api, cloud, () => applyByLens(api, uriOf(path)));
      const byLine = await ending(api, cloud, () =>
        commandLine(api, 'apply', ['--yes', '--allow-delete', path]),
      );
      assert.deepEqual(byLens.cloud, byLine.cloud, path);
      const reason = /(?:refused|Nothing was changed\.)[^\n]*/.exec(byLens.text)?.[0];
      if (reason === undefined) continue;
      const words = reason.replace(/^Nothing was changed\. [^:]*: |^refused: /, '').replace(/\.$/, '');
      assert.ok(byLine.text.includes(words.split('; ')[0] ?? ''), `${path}\n${byLens.text}\n${byLine.text}`);
    }
  });

  function uriOf(path: string): vscode.Uri {
    return vscode.Uri.file(join(folder, '..', path));
  }
});

/** The plan that the lenses of a manifest show, or why they show none. */
async function planByLens(api: Api, uri: vscode.Uri): Promise<string> {
  return told(api, {}, () => vscode.commands.executeCommand('cloudImages.plan', uri.toString()));
}

async function applyByLens(api: Api, uri: vscode.Uri): Promise<string> {
  const said: string[] = [];
  const note = async (text: string): Promise<undefined> => void said.push(text);
  const answers = { confirm: async () => true, inform: note, complain: note };
  const outcome = await answering(api, answers, () =>
    vscode.commands.executeCommand<Outcome | undefined>('cloudImages.runFile', uri.toString()),
  );
  return [outcome?.stopped?.reason ? `refused: ${outcome.stopped.reason}` : '', ...said].join('\n');
}

/** What a command answers, or complains of. */
async function told(
  api: Api,
  answers: Partial<Api['context']['ui']>,
  command: () => Thenable<unknown>,
): Promise<string> {
  const complaints: string[] = [];
  const complain = async (text: string): Promise<undefined> => void complaints.push(text);
  const text = await answering(api, { ...answers, complain }, command);
  return typeof text === 'string' ? text.trim() : complaints.join('\n').trim();
}

/** Runs `cloud-images` in the workspace against the same emulator; answers what it prints, without its name. */
async function commandLine(api: Api, verb: string, parameters: readonly string[]): Promise<string> {
  const installed = vscode.extensions.getExtension('cloud-images.cloud-images');
  const program = join(installed?.extensionPath ?? '', 'dist', 'cli.js');
  const given = [program, verb, '--emulator', api.context.emulator.data, '--region', 'DFW', ...parameters];
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, given, { cwd, env }, (_, output, complaint) => {
      // It alone has to say by which cloud's rules it judged: VS Code shows the cloud that is connected.
      const said = (output + complaint).replace(/^Judged by the rules of rackspace, since .*$/m, '');
      resolve(said.replaceAll(`cloud-images ${verb}: `, '').trim());
    });
  });
}

/** Runs something in the cloud of the snapshot; answers what was said, and what stands in the cloud afterwards. */
async function ending(api: Api, cloud: Cloud, run: () => Promise<string>): Promise<Ending> {
  await control(api).restoreSnapshot('agreement');
  const text = await run();
  const images: object[] = [];
  for await (const page of cloud.images.list({ owner: cloud.session.account.id }))
    for (const image of page) images.push(stable(image));
  const objects = (await cloud.objects.list('agreed')).length;
  return { text, cloud: { images: images.map((image) => JSON.stringify(image)).sort(), objects } };
}

/** An image without what differs from one run to the next. */
function stable(image: ReadonlyMap<string, unknown>): object {
  const volatile = /^(id|self|file|created_at|updated_at)$|^os_hash_value$/;
  return Object.fromEntries([...image].filter(([name]) => !volatile.test(name)));
}

function control(api: Api) {
  const { state } = api.context.emulator;
  assert.equal(state.kind, 'running');
  return state.control;
}

async function anImageOfOthers(cloud: Cloud): Promise<string> {
  for await (const page of cloud.images.list({ visibility: 'public', limit: '1' }))
    for (const image of page) return String(image.get('id'));
  throw new Error('The emulator has no public image.');
}
