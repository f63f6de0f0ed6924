import { t } from '@vscode/l10n';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { Lineage } from '../../cloud/lineage.ts';
import { readName } from '../../cloud/permissions.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import type { Cell, Part, Section } from '../protocol.ts';
import { ready } from './fetched.ts';

type Images = ReadonlyMap<string, LiveImage>;
type Servers = ReadonlyMap<string, LiveServer>;

/** What an image comes of, and what has come of it; `servers` are absent where the cloud has none or does not let one look. */
export function describeLineage({ image }: LiveImage, images: Images, servers: Servers | undefined): Section {
  const id = readId(image);
  const lineage = new Lineage(images, servers ?? new Map());
  const rows: Cell[][] = [];
  const server = image.get('instance_uuid');
  if (typeof server === 'string') rows.push([t('Taken of the server'), showServer(server, servers)]);
  for (const base of lineage.ancestorsOf({ image }))
    rows.push([t('Comes of the image'), showImage(base, images)]);
  for (const { server: built } of lineage.serversOf(id)) {
    rows.push([
      t('Server built of it'),
      { text: `${built.name}, ${built.status}`, open: `server/${built.id}` },
    ]);
    for (const taken of lineage.imagesOf(built.id))
      rows.push([t`Image of ${built.name}`, showImage(readId(taken.image), images)]);
  }
  for (const taken of lineage.imagesOfGone(id))
    rows.push([t('Image of a server that is gone'), showImage(readId(taken.image), images)]);
  const imported = image.get('image_type') === 'import';
  const parts: Part[] = [];
  if (imported)
    parts.push({ kind: 'words', text: t('It was imported: no server here stands at its beginning.') });
  if (rows.length > 0)
    parts.push({
      kind: 'table',
      caption: t('What it comes of and what came of it'),
      head: [t('How'), t('What')],
      rows,
    });
  if (rows.length === 0 && !imported)
    parts.push({
      kind: 'words',
      text: t('It names no server or image, and no server here was built of it.'),
    });
  if (!servers)
    parts.push({ kind: 'words', tone: 'quiet', text: t('The servers of this cloud are not known here.') });
  return { id: 'lineage', title: t('Lineage'), state: ready, parts };
}

function showServer(id: string, servers: Servers | undefined): Cell {
  const found = servers?.get(id);
  if (found) return { text: `${found.server.name}, ${found.server.status}`, open: `server/${id}` };
  return servers ? t`${id}, which is gone` : id;
}

function showImage(id: string, images: Images): Cell {
  const found = images.get(id);
  return found
    ? { text: `${readName(found.image)}`, open: `image/${id}` }
    : t`${id}, which is not here any more`;
}
