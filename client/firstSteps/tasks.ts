import * as vscode from 'vscode';

const type = 'cloud-images';

/** A task of tasks.json, or one that is offered. */
interface Definition extends vscode.TaskDefinition {
  readonly verb: 'lint' | 'rehearse';
  readonly arguments?: readonly string[];
}

const offered: readonly Definition[] = [
  { type, verb: 'lint' },
  { type, verb: 'lint', arguments: ['--fix'] },
  { type, verb: 'rehearse', arguments: ['.'] },
];

/** Offers `cloud-images lint` and `rehearse` as tasks of each folder; findings become problems. */
export function provideTasks(cli: string): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(type, {
    provideTasks: () =>
      (vscode.workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === 'file')
        .flatMap((folder) => offered.map((one) => makeTask(one, folder, cli))),
    resolveTask: (task) => {
      const { definition, scope } = task;
      if (!isDefinition(definition) || typeof scope !== 'object') return undefined;
      return makeTask(definition, scope, cli, task.name);
    },
  });
}

function makeTask(
  definition: Definition,
  folder: vscode.WorkspaceFolder,
  cli: string,
  name = [definition.verb, ...(definition.arguments ?? [])].join(' '),
): vscode.Task {
  const parameters = [cli, definition.verb, ...(definition.arguments ?? [])];
  const execution = new vscode.ProcessExecution(process.execPath, parameters, {
    cwd: folder.uri.fsPath,
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  const matchers = definition.verb === 'lint' ? ['$cloud-images'] : [];
  return new vscode.Task(definition, folder, name, type, execution, matchers);
}

function isDefinition(definition: vscode.TaskDefinition): definition is Definition {
  const { verb, arguments: given }: Partial<Definition> = definition;
  const isKnown = verb === 'lint' || verb === 'rehearse';
  return (
    isKnown &&
    (given === undefined || (Array.isArray(given) && given.every((one) => typeof one === 'string')))
  );
}
