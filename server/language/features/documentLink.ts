import type { DocumentLink } from 'vscode-languageserver';
import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type ManifestNode } from '../../manifests/nodes.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { findImageNodes } from '../analysis/imageNodes.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

/** A text in a manifest that leads somewhere, and where it stands. */
interface Linkable {
  readonly to: 'disk' | 'image' | 'schema';
  /** `container/object`, an image's id, or the path of a schema. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const imageAttributes = ['id', 'kernel_id', 'ramdisk_id', 'base_image_ref'];
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The page that describes the schemas of the API. */
const schemaPage = 'https://docs.openstack.org/api-ref/image/v2/#image-schemas';

/** The most ids that the client is asked about for the links of one document. */
const maximumImages = 200;

/** Links to disks on this machine and to images of the connected cloud. */
export const documentLink: Feature = ({ connection, platform, host, analyses }) => {
  connection.onDocumentLinks(async ({ textDocument }): Promise<DocumentLink[]> => {
    const { uri } = textDocument;
    const analyzed = await analyses.current(uri);
    if (!analyzed) return [];
    const linkables = findLinkables(analyzed.analysis);
    const imageIds = linkables.flatMap(({ to, name }) => (to === 'image' ? [name] : []));
    const looked = new Set(imageIds.slice(0, maximumImages));
    const links = linkables.map(async ({ to, name, start, end }) => {
      const range = toRange(analyzed.document, start, end);
      if (to === 'schema') return [{ range, target: schemaPage }];
      if (to === 'image') {
        const target = looked.has(name) ? await host.imageAddress(uri, name) : undefined;
        return target === undefined
          ? []
          : [{ range, target, tooltip: 'Open the image of the connected cloud' }];
      }
      const path = await host.diskPath(uri, name);
      return path === undefined ? [] : [{ range, target: platform.toUri(path), tooltip: path }];
    });
    return (await Promise.all(links)).flat();
  });
  return () => ({ documentLinkProvider: {} });
};

function findLinkables({ file }: Analysis): Linkable[] {
  return file.documents.flatMap((document) => linkablesInDocument(document));
}

function linkablesInDocument(document: ManifestDocument): Linkable[] {
  const { kind, root } = document;
  if (!root || !kind) return [];
  const at = (to: Linkable['to'], ...tokens: string[]) => linkable(to, findMember(root, tokens)?.member.node);
  if (kind === 'import') return at('disk', 'input', 'import_from');
  if (kind === 'export') return at('image', 'input', 'image_uuid');
  if (kind === 'server') return at('image', 'server', 'imageRef');
  if (kind !== 'image') return [];
  return findImageNodes(document).flatMap(({ node }) =>
    node.members.flatMap(({ token, node: value }) => {
      if (token === 'schema') return linkable('schema', value);
      return imageAttributes.includes(String(token)) ? linkable('image', value) : [];
    }),
  );
}

function linkable(to: Linkable['to'], node: ManifestNode | undefined): Linkable[] {
  const name = node?.value;
  if (!node || typeof name !== 'string' || (to === 'image' && !uuid.test(name))) return [];
  return [{ to, name, start: node.start, end: node.end }];
}
