import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { serverRefusals } from '../../../server/rules/service/buildServer.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { ImageIndex } from '../../cloud/imageIndex.ts';
import type { Person } from '../../cloud/roles.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { ImagePlace } from '../../cloud/serverImages.ts';
import type { Context } from '../../context.ts';
import { Cancelled } from '../../ui/errors.ts';
import { imageGroups, imageRow } from '../../views/images/imageRow.ts';

interface Choice extends vscode.QuickPickItem {
  /** Absent: a heading. */
  readonly id?: string;
}

/**
 * Asks for the image that a server is built of, in the groups of the Control Panel; `own`: one that the server keeps what it
 * needs of, which may be gone. Throws Cancelled.
 */
export async function chooseBootImage(
  { images, servers, source, ui }: Context,
  title: string,
  own?: string,
): Promise<string> {
  const person = await source.connect();
  const seen = await images.loaded();
  if (seen.kind === 'failed') throw new Error(seen.reason);
  const known = seen.kind === 'ready' ? seen.items : new Map<string, LiveImage>();
  const live = await servers.loaded();
  const there = live.kind === 'ready' ? live.items : new Map<string, LiveServer>();
  const keyOf = ({ group, server = '' }: ImagePlace): string => (there.has(server) ? server : group);
  const index = new ImageIndex<LiveImage>({ keysOf: keyOf, toRow: (seen) => seen });
  index.follow(known, person.caller.account, live.kind === 'ready' ? live.items : undefined);
  const list = (label: string, place: ImagePlace): Choice[] => {
    const members = index.at(keyOf(place));
    return members.length === 0 ? [] : [heading(label), ...members.map((one) => describeChoice(one, person))];
  };
  const choices = [
    ...(own === undefined || known.has(own)
      ? []
      : [
          heading(t('Its own image')),
          { label: t('The image that it was built of'), description: own, id: own },
        ]),
    ...[...there].flatMap(([id, { server }]) =>
      list(t`Images of ${server.name}`, { group: 'own', server: id }),
    ),
    ...imageGroups.flatMap(({ id, label }) => list(label, { group: id })),
  ];
  if (choices.length === 0) throw new Error(t('There is no image here to build a server of.'));
  const picked = await ui.pick(choices, title);
  if (picked?.id === undefined) throw new Cancelled();
  return picked.id;
}

/** Says of an image that no server can be built of it now why that is so. */
function describeChoice(live: LiveImage, person: Person): Choice {
  const { label, description } = imageRow(live, Date.now());
  const id = readId(live.image);
  const refusals = serverRefusals({ name: 'server', imageRef: id }, { ...person, image: live.image });
  const inactive = refusals.find(({ rule }) => rule === 'server/image-status');
  return { label, description, id, ...(inactive ? { detail: inactive.text } : {}) };
}

function heading(label: string): Choice {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
