import { t } from '@vscode/l10n';
import type { LiveTask } from '../../cloud/taskCollection.ts';
import { formatAge } from '../../ui/units.ts';

/** Describes a task in one row: subject, progress, age and failure. `image`: the name of the exported one. */
export function taskRow(
  task: LiveTask,
  now: number,
  image?: string,
): {
  label: string;
  parts: readonly string[];
  state: 'task' | 'task:failed' | 'task:exported' | 'task:imported';
} {
  const label = `${titles[task.type] ?? task.type} ${image ?? describeSubject(task)}`.trim();
  const percent = task.progress === undefined ? '' : ` ${Math.floor(task.progress * 100)} %`;
  const status = `${task.status}${percent}`;
  const ended = task.status === 'success' || task.status === 'failure';
  const took = ended ? formatDuration(task.createdAt, task.updatedAt) : '';
  const why = task.message ?? '';
  const parts = [status, why, formatAge(task.createdAt, now), took].filter((part) => part !== '');
  return {
    label,
    parts,
    state: chooseState(task),
  };
}

function chooseState(task: LiveTask): ReturnType<typeof taskRow>['state'] {
  if (task.status === 'failure') return 'task:failed';
  if (locateExport(task)) return 'task:exported';
  return findImported(task) === undefined ? 'task' : 'task:imported';
}

/** Returns the id of the image that an import has made. */
export function findImported({ type, result }: LiveTask): string | undefined {
  const id = type === 'import' ? result?.['image_id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Returns where an export has put the image. */
export function locateExport(
  task: LiveTask,
): { readonly container: string; readonly name: string } | undefined {
  const location = task.type === 'export' ? task.result?.['export_location'] : undefined;
  if (typeof location !== 'string') return undefined;
  const slash = location.indexOf('/');
  return { container: location.slice(0, slash), name: location.slice(slash + 1) };
}

/** Writes how long a task took, on the cloud's clock: `took 3 min`. */
function formatDuration(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  if (Number.isNaN(seconds) || seconds < 0) return '';
  if (seconds < 60) return t`took ${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? t`took ${minutes} min` : t`took ${Math.round(minutes / 60)} h`;
}

/** Names the object that a task imports, or the image that it exports. */
function describeSubject({ input }: LiveTask): string {
  const subject = input?.['import_from'] ?? input?.['image_uuid'];
  return typeof subject === 'string' ? subject : '';
}

const titles: Readonly<Record<string, string>> = { import: t('Import'), export: t('Export') };
