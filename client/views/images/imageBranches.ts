import { t } from '@vscode/l10n';
import type { Member } from '../../../server/cloud/services/members.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import type { Lineage } from '../../cloud/lineage.ts';
import type { MemberIndex } from '../../cloud/memberIndex.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import { describeError } from '../../ui/errors.ts';
import type { ImageRowNode } from './imageRows.ts';

/** An account with which the image above is shared. */
export interface MemberNode {
  readonly kind: 'member';
  readonly id: string;
  readonly seen: LiveImage;
  readonly member: Member;
}

/** A server that was built of the image above. */
export interface BuiltServerNode {
  readonly kind: 'built';
  readonly id: string;
  readonly live: LiveServer;
}

/** What there is to say instead of rows. */
export interface NoteNode {
  readonly kind: 'note';
  readonly id: string;
  readonly text: string;
}

export type BranchNode = MemberNode | BuiltServerNode | NoteNode;
type ParentNode = ImageRowNode | BuiltServerNode;

/** What stands under an image: with whom it is shared, the servers built of it, and the images taken of those. */
export class ImageBranches {
  readonly #members: MemberIndex;
  readonly #lineage: () => Lineage;

  constructor(members: MemberIndex, lineage: () => Lineage) {
    this.#members = members;
    this.#lineage = lineage;
  }

  /** Tells whether anything stands under a row; of an image whose members nobody has asked for, it may. */
  has(node: ParentNode): boolean {
    if (node.kind === 'built') return this.#imagesOf(node).length > 0;
    const id = readId(node.seen.image);
    if (this.#lineage().hasBranches(id)) return true;
    const members = this.#members.get(id);
    return members ? members.length > 0 : this.#members.mayHave(node.seen) && this.#members.isLate(id);
  }

  async children(node: ParentNode): Promise<(BranchNode | ImageRowNode)[]> {
    if (node.kind === 'built') return this.#imagesOf(node);
    const id = readId(node.seen.image);
    const lineage = this.#lineage();
    const servers = lineage
      .serversOf(id)
      .map((live): BuiltServerNode => ({ kind: 'built', id: `${node.id}/${live.server.id}`, live }));
    const rows = [...(await this.#listMembers(node)), ...servers, ...toRows(node, lineage.imagesOfGone(id))];
    return rows.length > 0
      ? rows
      : [{ kind: 'note', id: `${node.id}/none`, text: t('It is shared with no account.') }];
  }

  async #listMembers(node: ImageRowNode): Promise<BranchNode[]> {
    const { seen } = node;
    if (!this.#members.mayHave(seen)) return [];
    try {
      const members = await this.#members.read(readId(seen.image));
      return members.map((member) => ({
        kind: 'member',
        id: `${node.id}/${member.account}`,
        seen,
        member,
      }));
    } catch (error) {
      const text = t`Its members cannot be listed: ${describeError(error)}`;
      return [{ kind: 'note', id: `${node.id}/failed`, text }];
    }
  }

  #imagesOf(node: BuiltServerNode): ImageRowNode[] {
    return toRows(node, this.#lineage().imagesOf(node.live.server.id));
  }
}

/** Makes rows of images below another; not of those that it stands below itself. */
function toRows({ id: path }: ParentNode, images: readonly LiveImage[]): ImageRowNode[] {
  const above = new Set(path.split('/'));
  return images
    .filter(({ image }) => !above.has(readId(image)))
    .map((seen) => ({ kind: 'image', group: 'lineage', id: `${path}/${readId(seen.image)}`, seen }));
}
