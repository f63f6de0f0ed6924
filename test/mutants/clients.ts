import { type Mutant, mutantsOf } from './mutant.ts';

const runs = [
  'cloud/runEdges',
  'cloud/plan',
  'commands/apply',
  'commands/undo',
  'commands/rehearse',
  'commands/importExport',
];

/** Breaks of the editor's client, and of what it and the command line run in the cloud. */
export const clientMutants: readonly Mutant[] = [
  ...mutantsOf(
    'client/cloud/permissions.ts',
    ['client/permissions', 'client/imageRows', 'client/administrator'],
    [
      [
        '!isOwn(image, person) && !ofOthers',
        '!isOwn(image, person)',
        'an administrator has no verbs for images of others',
      ],
      [
        "(isProtected(image) ? undefined : t('It is not protected",
        "(isProtected(image) ? t('It is not protected.') : t('It is not protected",
        'the protection of a protected image cannot be removed',
      ],
      ['answer === status ?', 'answer !== status ?', 'an answer can be given twice and not changed'],
      [
        'readTags(image).length === 0 ?',
        'readTags(image).length < 0 ?',
        'a tag can be removed from an image without tags',
      ],
    ],
  ),
  ...mutantsOf(
    'client/cloud/imageCollection.ts',
    ['client/administrator', 'client/imageRows', 'client/collection', 'client/pollingSource'],
    [[" && image.get('visibility') !== 'public'", '', 'a public image is asked for its members']],
  ),
  ...mutantsOf(
    'client/cloud/collection.ts',
    ['client/collectionReading', 'client/collection'],
    [
      ['this.#stale.size > many', 'this.#stale.size > 10 * many', 'many changes are read one by one'],
      ['if (this.#reading !== reading) return;', '', 'what an earlier user saw is shown to the next'],
      ['change.region.toLowerCase() !== region', 'false', 'a change in another region is read'],
    ],
  ),
  ...mutantsOf(
    'client/cloud/pollingSource.ts',
    ['client/pollingSource'],
    [
      ['if (isHeld) this.#watchers', 'this.#watchers', 'a view that is closed twice stops the others'],
      [
        'for (const id of before.keys()) if (!now.has(id)) ',
        'for (const id of now.keys()) if (!before.has(id)) ',
        'images that are gone stay in the tree',
      ],
    ],
  ),
  ...mutantsOf(
    'client/cloud/pollingSource.ts',
    ['client/manyImages'],
    [["return kind === 'image' && this.#read.has(kind);", 'return false;', 'connecting lists images twice']],
  ),
  ...mutantsOf(
    'client/cloud/imageIndex.ts',
    ['client/imageBrowsing', 'client/serverImages'],
    [
      ['else if (!isSame && kept.isShown)', 'else if (!isSame)', 'what a filter leaves out is drawn'],
      ['if (there.isShown !== kept.isShown)', 'if (false)', 'an image that comes to match is not drawn'],
      ['value.toLowerCase().includes(wanted)', 'value.includes(wanted)', 'a filter minds the case'],
    ],
  ),
  ...mutantsOf(
    'client/cloud/memberIndex.ts',
    ['client/memberIndex'],
    [
      ['if (this.#left <= 0 || ', 'if (', 'every image is asked for its members'],
      ['if (findTrouble(error) || ', 'if (', 'a busy cloud is asked for every member'],
      ['if (this.#known.delete(id) || ', 'if (', 'members stay as they were when the image changes'],
    ],
  ),
  ...mutantsOf(
    'client/cloud/lineage.ts',
    ['client/imageBrowsing'],
    [
      [
        "if (typeof server === 'string' && servers.has(server))",
        'if (false)',
        'images stand below no server',
      ],
    ],
  ),
  ...mutantsOf(
    'client/views/visibility.ts',
    ['client/visibility'],
    [['this.#watching?.dispose();\n      this', 'this', 'a hidden tree goes on asking the cloud']],
  ),
  ...mutantsOf(
    'client/documents/imageText.ts',
    ['client/imageText'],
    [['b.length - a.length', 'a.length - b.length', 'a refusal of team_b is shown at team']],
  ),
  ...mutantsOf(
    'server/manifests/writing.ts',
    ['client/imageText'],
    [
      [
        "withEscapes(writeJson(entries), 'json')",
        'writeJson(entries)',
        'a property with a lost character cannot be saved again',
      ],
    ],
  ),
  ...mutantsOf('server/cloud/run/imagePlan.ts', runs, [
    [
      'return was === undefined || is === undefined ? was !== is :',
      'return was === undefined || is === undefined ? false :',
      'undo is silent about a property that was added or removed since',
    ],
    [
      "(image.get('owner') ?? caller.account) === caller.account",
      'true',
      'an image of another account is meant by its name',
    ],
    [
      "shares.before.length > 0 ? ['Undo",
      "shares.before.length < 0 ? ['Undo",
      'nothing says that undo shares anew',
    ],
    ['old.filter((tag) => !wanted.includes(tag))', 'old', 'tags that stay are removed and set again'],
  ]),
  ...mutantsOf('server/cloud/run/undo.ts', runs, [
    ['entries.toReversed()', 'entries', 'an undo takes the first change back first'],
    [
      'if (account === caller.account && region === cloud.region) return;',
      'if (account === caller.account) return;',
      'an undo runs in another region',
    ],
  ]),
  ...mutantsOf('server/cloud/run/world.ts', runs, [
    [
      'begin: () => createWorld(caller, newIds, true)',
      'begin: () => createWorld(caller, new Map(), true)',
      'a new image is made under another id than was shown',
    ],
    [
      'planned.clear();',
      '',
      'a document is planned from what an earlier one was to leave, not from what it left',
    ],
    ['if (!isCarriedOut) return;', '', 'a plan forgets what the document before plans'],
  ]),
  ...mutantsOf('server/cloud/run/execute.ts', runs, [
    ['!isSound(changed) || (await', '(await', 'a run that will be refused asks whether to go on'],
  ]),
  ...mutantsOf('server/cloud/run/perform.ts', runs, [
    [
      'error.status < 400 || error.status >= 500',
      'error.status < 400',
      'a failing cloud is taken for a refusal',
    ],
    [
      'await cloud.images.delete(id); // an image',
      '// an image',
      'an upload that breaks off leaves an image without data',
    ],
  ]),
  ...mutantsOf(
    'server/cloud/run/keptTransfer.ts',
    ['cloud/runEdges', 'commands/transfer'],
    [
      [
        '[place, cloud.session.account.id, cloud.region]',
        '[place, cloud.region]',
        'a transfer of another account is gone on with',
      ],
    ],
  ),
  ...mutantsOf(
    'server/cloud/session/pages.ts',
    ['cloud/cloud', 'commands/hostileCloud', 'commands/hostileAnswers'],
    [
      [
        'if (seen.size === before) throw',
        'if (seen.size < before) throw',
        'a list that repeats itself is read for ever',
      ],
    ],
  ),
  ...mutantsOf(
    'server/cloud/session/errorAnswer.ts',
    ['cloud/errors', 'commands/hostileAnswers', 'emulator/refusals'],
    [
      [
        'const told = removeSecrets(body, secrets);',
        'const told = body;',
        'a secret that looks like a tag is shown in part',
      ],
    ],
  ),
];
