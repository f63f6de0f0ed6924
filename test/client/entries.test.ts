import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import type { Connection } from '../../client/cloud/cloudSource.ts';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import type { ImageVerb } from '../../client/cloud/permissions.ts';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import type { ServerVerb } from '../../client/cloud/serverPermissions.ts';
import type { LiveTask } from '../../client/cloud/taskCollection.ts';
import type { FileNode } from '../../client/views/files/fileNode.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { readExtensionManifest } from '../tools/extensionManifest.ts';
import { isTrue, type Keys } from './whenClause.ts';

// Rows are made of a few classes of the editor, which there is none of here.
const stub = `
  export class EventEmitter { event = () => ({ dispose: () => undefined }); }
  export class TreeItem { constructor(label, collapsibleState) { Object.assign(this, { label, collapsibleState }); } }
  export class ThemeIcon {} export class ThemeColor {}
  export class MarkdownString { constructor(value) { this.value = value; } }
  export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
  export const Uri = { from: (parts) => parts, parse: (text) => ({ scheme: text }) };
  export const workspace = { getConfiguration: () => ({ get: (name, usual) => usual }) };`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true }
      : next(specifier, context),
});
const { imageItem } = await import('../../client/views/images/imageItem.ts');
const { branchItem } = await import('../../client/views/images/branchItem.ts');
const { fileItem } = await import('../../client/views/files/fileItem.ts');
const { requestItem } = await import('../../client/views/requests/requestsView.ts');
const { forbidsReplay } = await import('../../client/views/requests/requestRow.ts');
const { serverItem } = await import('../../client/views/servers/serversView.ts');
const { manifestItem } = await import('../../client/views/manifests/manifestItem.ts');
const { taskItem } = await import('../../client/views/tasks/tasksView.ts');
const { forbidsServer } = await import('../../client/cloud/serverPermissions.ts');
const { forbids, forbidsFiles } = await import('../../client/cloud/permissions.ts');

interface MenuEntry {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
}

const { contributes } = readExtensionManifest() as {
  contributes: {
    commands: readonly { readonly command: string; readonly enablement?: string }[];
    menus: Readonly<Record<string, readonly MenuEntry[]>>;
    keybindings: readonly { readonly command: string; readonly when: string }[];
  };
};

/** A place in which entries are evaluated. */
interface Situation {
  readonly name: string;
  readonly keys: Keys;
  /** Returns what the place says against a verb that is greyed in it. */
  readonly reason: (verb: string) => string | undefined;
}

const connected = { 'cloudImages.connected': true, isWorkspaceTrusted: true };
const emulator = { 'cloudImages.sandbox': true, 'cloudImages.emulator': 'running' };
const offers = { 'cloudImages.hasFiles': true, 'cloudImages.hasServers': true, 'cloudImages.hasTasks': true };
const full = { ...connected, ...emulator, ...offers };

const cloudStates: readonly Situation[] = [
  { name: 'the emulator', keys: full, reason: () => undefined },
  {
    name: 'the emulator, with filtered images',
    keys: { ...full, 'cloudImages.filtered': true, 'cloudImages.hasFilters': true },
    reason: () => undefined,
  },
  {
    name: 'nothing',
    keys: { 'cloudImages.sandbox': true, 'cloudImages.emulator': 'stopped', isWorkspaceTrusted: true },
    reason: () => 'the welcome view offers to connect',
  },
  {
    name: 'a real cloud without Nova and Swift',
    keys: { ...connected, 'cloudImages.sandbox': false, 'cloudImages.emulator': 'stopped' },
    reason: () => 'the welcome view says that the catalogue names none',
  },
  {
    name: 'a cloud that refuses the sign-in, in a workspace that is not trusted',
    keys: { 'cloudImages.sandbox': false, 'cloudImages.refused': true, 'cloudImages.trouble': 'refused' },
    reason: () => 'the status bar says why',
  },
];

const connectionOf = (role: string): Connection =>
  ({
    profile: role === 'member' ? profiles.openstack : profiles.rackspace,
    caller: { account: '100001', roles: [role] },
    cloud: { region: 'DFW' },
  }) as unknown as Connection;
/** A member is one of a plain OpenStack. */
const roles = ['identity:user-admin', 'observer', 'creator', 'member'];

function imageSituations(): Situation[] {
  const image = (properties: Record<string, Json>): LiveImage['image'] =>
    new Map(
      Object.entries({ id: 'a', name: 'Web', owner: '100001', status: 'active', tags: ['x'], ...properties }),
    );
  const images: readonly (readonly [string, LiveImage])[] = [
    ['own', { image: image({}) }],
    ['own and protected', { image: image({ protected: true }) }],
    ['own with a bad tag', { image: image({ tags: ['a/b'] }) }],
    ['own without tags', { image: image({ tags: [] }) }],
    ['own and deactivated', { image: image({ status: 'deactivated' }) }],
    ['own with a licence', { image: image({ os_type: 'windows', 'com.rackspace__1__options': '4' }) }],
    ['public', { image: image({ owner: 'rackspace', visibility: 'public' }) }],
    ['waiting', { image: image({ owner: '100002' }), answer: 'pending' }],
    ['accepted', { image: image({ owner: '100002' }), answer: 'accepted' }],
  ];
  return roles.flatMap((role) =>
    images.flatMap(([name, seen]) => {
      const person = connectionOf(role);
      const { contextValue } = imageItem(seen, { id: 'a', connection: person });
      return ['images', 'servers'].map((view) => ({
        name: `${name} image as ${role} in ${view}`,
        keys: { ...full, view: `cloudImages.${view}`, viewItem: contextValue },
        reason: (verb: string) => forbids(verb as ImageVerb, seen, person),
      }));
    }),
  );
}

function otherRows(): Situation[] {
  const object = {
    ...{ kind: 'object', container: 'c', name: 'o', bytes: 1, etag: '', modified: '' },
    large: 'static',
  } as const satisfies FileNode;
  const files: readonly FileNode[] = [
    { kind: 'container', name: 'c' },
    { kind: 'folder', container: 'c', prefix: 'f/' },
    object,
    { kind: 'segment', of: object, container: 'c', name: 's', bytes: 1, etag: '' },
  ];
  const task = { id: 't', type: 'import', status: 'success', input: {}, createdAt: '', updatedAt: '' };
  const tasks = [
    { ...task, status: 'failure', message: 'words' },
    { ...task, result: { image_id: 'a' } },
    { ...task, type: 'export', result: { export_location: 'c/o' } },
  ] as unknown as LiveTask[];
  const server = (taskState: string | null): LiveServer => ({
    server: {
      ...{ id: 's', name: 'web', status: 'ACTIVE', vmState: 'active', taskState },
      ...{ image: 'ubuntu', flavor: 'general1-1', volumes: [], created: '2015-03-09T11:00:00Z' },
    },
  });
  const rows: Situation[] = [];
  const add = (
    name: string,
    view: string,
    { contextValue }: { contextValue?: string },
    reason: Situation['reason'],
  ): void =>
    void rows.push({
      name: `${name} in ${view}`,
      keys: { ...full, view: `cloudImages.${view}`, viewItem: contextValue },
      reason,
    });
  for (const role of roles) {
    const person = connectionOf(role);
    const refused = forbidsFiles('administer', person);
    for (const node of files) add(`${node.kind} as ${role}`, 'files', fileItem(node, refused), () => refused);
    for (const state of [null, 'image_snapshot']) {
      const live = server(state);
      const item = serverItem({ kind: 'server', live, images: [] } as never, person);
      add(`${String(state)} as ${role}`, 'servers', item, (verb) =>
        forbidsServer(verb as ServerVerb, live, person),
      );
    }
  }
  for (const role of roles) {
    const connection = connectionOf(role);
    const image = new Map(Object.entries({ id: 'a', name: 'Web', owner: '100001', status: 'active' }));
    const member = { account: '100002', status: 'accepted' } as const;
    const item = branchItem({ kind: 'member', id: 'a/100002', seen: { image }, member }, { connection });
    add(`a member as ${role}`, 'images', item, (verb) => forbids(verb as ImageVerb, { image }, connection));
  }
  const request = { kind: 'request', id: 'r', time: 0, method: 'GET', path: '/v2', milliseconds: 1 } as const;
  for (const [isSandbox, label] of [
    [true, 'Emulator'],
    [false, 'acme'],
  ] as const)
    for (const status of [200, 403]) {
      const row = { ...request, status };
      const reason = forbidsReplay(row, { isSandbox, label });
      add(`a request of ${label}`, 'requests', requestItem(row, { isSandbox, label }), () => reason);
    }
  for (const one of tasks)
    add(
      one.type,
      'tasks',
      taskItem({ kind: 'task', task: one } as never, connectionOf('observer')),
      () => undefined,
    );
  return rows;
}

const groups = ['own', 'shared', 'waiting'].map(
  (group): Situation => ({
    name: `the group ${group}`,
    keys: { ...full, view: 'cloudImages.images', viewItem: `group ${group}` },
    reason: () => undefined,
  }),
);
const manifests = (['import', 'image', 'patch', 'server'] as const).flatMap((kind) =>
  cloudStates.map(({ name, keys, reason }) => {
    const about = { path: 'web.yaml', documents: [{ index: 0, kind, name: '', line: 0 }], drift: undefined };
    const findings = { errors: 0, warnings: 0, advice: 0 };
    const { contextValue } = manifestItem({ kind: 'manifest', uri: 'web.yaml', findings, ...about } as never);
    const row = { view: 'cloudImages.manifests', viewItem: contextValue };
    return { name: `a manifest (${kind}) and ${name}`, keys: { ...keys, ...row }, reason };
  }),
);
const views = ['images', 'servers', 'tasks', 'files', 'manifests', 'requests'].flatMap((view) =>
  cloudStates.map(({ name, keys, reason }) => ({
    name: `the title of ${view} of ${name}`,
    keys: { ...keys, view: `cloudImages.${view}` },
    reason,
  })),
);
const editors = ['web.image-import.yaml', 'web.image.yaml', 'web.server.json', 'web.vhd'].flatMap(
  (resourceFilename) =>
    cloudStates.map(({ name, keys, reason }) => ({
      name: `the editor of ${resourceFilename} and ${name}`,
      keys: {
        ...{ ...keys, resourceFilename, resourceScheme: 'file', editorLangId: 'image-manifest' },
        resourceExtname: /\.\w+$/.exec(resourceFilename)?.[0],
      },
      reason,
    })),
);
const opened = {
  name: 'an opened image',
  keys: { ...full, resourceScheme: 'cloud-image', editorLangId: 'json' },
  reason: () => undefined,
};
const situations: Readonly<Record<string, readonly Situation[]>> = {
  'view/title': views,
  'view/item/context': [...imageSituations(), ...otherRows(), ...groups, ...manifests],
  'editor/title': [...editors, opened],
  'explorer/context': [
    ...editors,
    { name: 'a folder', keys: { ...full, explorerResourceIsFolder: true }, reason: () => undefined },
  ],
  'file/newFile': cloudStates,
  commandPalette: [...cloudStates, ...editors, opened],
};
const enablements = new Map(contributes.commands.map(({ command, enablement }) => [command, enablement]));

for (const [place, entries] of Object.entries(contributes.menus))
  for (const { command, submenu, when } of entries) {
    if (command === undefined || when === 'false') continue;
    test(`${place} shows ${command.slice('cloudImages.'.length)} where ${when} enabled, and greyed with a reason`, () => {
      assert.equal(submenu, undefined);
      const shown = (situations[place] ?? assert.fail(`situations of ${place}`)).filter(({ keys }) =>
        isTrue(when, keys),
      );
      const enablement = enablements.get(command);
      const enabled = shown.filter(({ keys }) => isTrue(enablement, keys));
      assert.ok(enabled.length > 0, 'it is enabled somewhere');
      const greyed = shown.filter((one) => !enabled.includes(one));
      const [, verb = ''] = / can:(\w+)/.exec(enablement ?? '') ?? [];
      for (const { name, reason } of greyed) assert.ok(reason(verb), `a reason in ${name}`);
      if (enablement?.includes('can:') && !when?.includes(' can:'))
        assert.ok(greyed.length > 0, 'it is greyed somewhere');
    });
  }

test('the palette offers each command somewhere, and none that needs a cloud without one', () => {
  const palette = new Map(
    (contributes.menus['commandPalette'] ?? []).map(({ command, when }) => [command, when]),
  );
  const here = situations['commandPalette'] ?? [];
  const nothing = cloudStates.find(({ name }) => name === 'nothing') ?? assert.fail();
  for (const { command, enablement } of contributes.commands) {
    if (palette.get(command) === 'false') continue;
    const isOffered = ({ keys }: Situation): boolean =>
      isTrue(palette.get(command), keys) && isTrue(enablement, keys);
    assert.ok(here.some(isOffered), command);
    if (enablement?.includes('cloudImages.connected')) assert.ok(!isOffered(nothing), command);
  }
});

test('each key acts in the tree that it is for, and in no other', () => {
  for (const { command, when } of contributes.keybindings) {
    const trees = ['images', 'servers', 'tasks', 'files', 'requests'].filter((view) =>
      isTrue(when, { focusedView: `cloudImages.${view}`, listFocus: true, inputFocus: false }),
    );
    assert.equal(trees.length, 1, command);
    assert.ok(!isTrue(when, { focusedView: `cloudImages.${trees[0]}`, listFocus: true, inputFocus: true }));
  }
});
