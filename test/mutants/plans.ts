import { type Mutant, mutantsOf } from './mutant.ts';

const saved = ['commands/savedPlans', 'commands/savedSources'];

/** Breaks of kept plans, of what holds a run back, of rehearsals in a real cloud, and of the emulator's files and answers. */
export const planMutants: readonly Mutant[] = [
  ...mutantsOf('server/cloud/run/saved/moved.ts', saved, [
    [
      'return same(planned, now, attribute) ? []',
      'return same(planned, now, attribute) || true ? []',
      'a kept plan is applied although what it read has moved',
    ],
    [
      'if (found.size !== bytes) return compare',
      'if (found.size < bytes) return compare',
      'a disk that has grown since the plan is told by its hash, which takes long',
    ],
    [
      "if (isFilled && (ofBytes.has(name) || name.startsWith('os_glance_'))) return [];",
      '',
      'a plan is stale by the bytes that it has uploaded itself',
    ],
  ]),
  ...mutantsOf('server/cloud/run/saved/carryOut.ts', saved, [
    ['if (at < begun.step) continue;', '', 'a plan that goes on makes its first steps again'],
    ['if (at < run.record.calls) continue;', '', 'a step that goes on makes its first calls again'],
    [
      "run.keep({ state: 'done', ended: new Date().toISOString() });",
      '',
      'a plan that was carried out can be carried out again',
    ],
    [
      "if (typeof settled === 'object' && 'unclear' in settled) return { reason: settled.unclear };",
      "if (typeof settled === 'object' && 'unclear' in settled) return { reason: '' };",
      'what nobody can tell after a kill is not told',
    ],
  ]),
  ...mutantsOf('server/cloud/run/saved/settle.ts', saved, [
    [
      "return madeIf(has === (call.type === 'add-member'));",
      'return madeIf(false);',
      'a share that was made and not heard of is made again',
    ],
    [
      "(call.type === 'delete') return madeIf(!image);",
      "(call.type === 'delete') return madeIf(false);",
      'an image that was deleted and not heard of is deleted again',
    ],
  ]),
  ...mutantsOf(
    'server/commands/guard.ts',
    ['commands/guard', 'commands/apply', 'commands/undo'],
    [
      ['if (allowDelete || found.length === 0) return;', 'return;', '--yes alone deletes'],
      ['if (typed !== name)', 'if (typed === undefined)', 'any typed name allows a deletion'],
      ['if (code === 0) continue;', 'continue;', 'a policy that refuses is not heard'],
      ['if (isMade) return; // what', 'return; // what', 'a run takes away what was not shown'],
    ],
  ),
  ...mutantsOf(
    'server/cloud/run/compare.ts',
    ['commands/diff'],
    [
      ['return drift.length > 0 ||', 'return', 'drift is not told'],
      [
        '(image === undefined && problem === undefined)',
        'false',
        'an image that is missing is no difference',
      ],
      [
        'if (!withMembers || !(error instanceof CloudError) || error.status !== 403) throw error;',
        'throw error;',
        'whoever may not see members cannot compare',
      ],
    ],
  ),
  ...mutantsOf(
    'server/commands/snapshots.ts',
    ['commands/expectations'],
    [
      [
        "if (kept?.replaceAll('\\r\\n', '\\n') === text) continue;",
        'if (kept !== undefined) continue;',
        'a plan other than the kept one passes',
      ],
    ],
  ),
  ...mutantsOf(
    'server/cloud/run/disposable.ts',
    ['cloud/disposable', 'commands/rehearseInCloud'],
    [
      [
        'write([...entries, intended]);',
        'entries = [...entries, intended];',
        'a rehearsal keeps what it makes only after the answer',
      ],
      [
        "if (intended.type === 'container') return answer.status === 202 ? undefined : intended;",
        "if (intended.type === 'container') return intended;",
        'a container that was there before is deleted',
      ],
      ['if (left.length === 0) rmSync', 'rmSync', 'what could not be deleted is forgotten'],
      [
        "for (const os_hidden of ['false', 'true'])",
        "for (const os_hidden of ['false'])",
        'a project with hidden images counts as empty',
      ],
      [
        'error.status >= 400 && error.status < 500) write',
        'error.status >= 400) write',
        'what may have been made before a failure is forgotten',
      ],
    ],
  ),
  ...mutantsOf(
    'server/cloud/run/claims.ts',
    ['cloud/claims', 'commands/rehearseInCloud', 'commands/savedPlans'],
    [
      [
        'if (holder) return { heldBy',
        'if (holder && !isMade) return { heldBy',
        'who claims last waits for ever',
        'the turn of the loop that follows has not made it',
      ],
      [
        'before.every(isLeft) && ',
        '',
        'a claim is made beside one that is held',
        'the holder is found afterwards, and the claim taken back',
      ],
      ['if (isMade && !holder) {', 'if (isMade) {', 'two go on with one plan, or rehearse in one project'],
      ['(id === process.pid || !isAlive(id))', 'false', 'what a killed process has claimed stays so'],
      ['host === hostname() && (id', '(id', 'a process of another container counts as gone'],
    ],
  ),
  ...mutantsOf(
    'server/emulator/control/snapshotFile/read.ts',
    ['emulator/snapshotFiles'],
    [
      [
        'if (records.hash !== head.records.sha256)',
        'if (records.hash === undefined)',
        'changed records are taken',
      ],
      ['if (spooled.hash !== hash)', 'if (spooled.hash === undefined)', 'changed content is taken'],
      [
        'if (head.profile !== profile.name)',
        'if (head.profile === undefined)',
        'a snapshot of another kind of cloud is taken',
      ],
    ],
  ),
  ...mutantsOf(
    'server/emulator/kernel/router.ts',
    ['emulator/router', 'emulator/edges', 'emulator/refusals', 'emulator/safety', 'emulator/objects'],
    [
      [
        "url.includes('%') ? parts.map(decoded) : parts",
        'parts',
        'a path that is written with %64 is unknown',
      ],
      ['if (found) return found;', '', 'a name in a path counts less than a parameter'],
      ['values.length = length;', '', 'a parameter that led nowhere stands for the next one'],
      ['return branch.rest && accept(branch.rest);', 'return undefined;', 'objects in folders are not found'],
    ],
  ),
  ...mutantsOf(
    'server/emulator/kernel/titleCase.ts',
    ['emulator/objectsConformance'],
    [
      ['!unprintable.test(value)', 'true', 'metadata beyond ASCII is written twice encoded'],
      [
        'headers.push(titleCase(name), value);',
        'headers.push(name, value);',
        'names of headers are in small letters',
      ],
    ],
  ),
  ...mutantsOf(
    'server/emulator/kernel/connections.ts',
    ['emulator/connections'],
    [
      ['else line.waiting.push(next);', 'else next();', 'requests of one connection overtake each other'],
      ['line.waiting.length >= mostWaiting', 'false', 'a connection may have any number of requests waiting'],
    ],
  ),
];
