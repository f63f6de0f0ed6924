import { findMember } from '../manifests/nodes.ts';
import type { Analysis } from './types.ts';

/** The name of a disk in an import, `container/object`, and where it stands. */
export interface DiskName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export function diskNamesIn({ file }: Analysis): DiskName[] {
  return file.documents.flatMap(({ kind, root }) => {
    const node =
      kind === 'import' && root ? findMember(root, ['input', 'import_from'])?.member.node : undefined;
    if (!node || typeof node.value !== 'string') return [];
    return [{ name: node.value, start: node.start, end: node.end }];
  });
}
