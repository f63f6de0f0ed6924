import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver/node';
import { rangeOf, toFlatSymbols, toFolds, toSelection, toSymbol } from '../lsp/structureToLsp.ts';
import { linkablesIn } from './documentLink.ts';
import { outlineOf } from './documentSymbol.ts';
import type { Feature } from './feature.ts';
import { foldsOf } from './foldingRange.ts';
import { selectionsAt } from './selectionRange.ts';

/** Where the API's schemas are described. */
const schemaPage = 'https://docs.openstack.org/api-ref/image/v2/#image-schemas';

/** Most ids that the client is asked about for the links of one document. */
const maximumImages = 200;

/** How a document is built: outline, folding, selection, links to disks on this machine and to images of the cloud. */
export const structure: Feature = ({ connection, host, analysisOf }) => {
  let nested = false;
  let foldLimit = Number.POSITIVE_INFINITY;

  connection.onDocumentSymbol(async ({ textDocument }) => {
    const known = await analysisOf(textDocument.uri);
    if (!known) return [];
    const outline = outlineOf(known.analysis);
    return nested
      ? outline.map((node) => toSymbol(known.document, node))
      : toFlatSymbols(known.document, outline);
  });
  connection.onFoldingRanges(async ({ textDocument }) => {
    const known = await analysisOf(textDocument.uri);
    return known ? toFolds(known.document, foldsOf(known.analysis), foldLimit) : [];
  });
  connection.onSelectionRanges(async ({ textDocument, positions }) => {
    const known = await analysisOf(textDocument.uri);
    if (!known) return [];
    const { document, analysis } = known;
    return positions.map((at) => toSelection(document, selectionsAt(analysis, document.offsetAt(at))));
  });
  connection.onDocumentLinks(async ({ textDocument }): Promise<DocumentLink[]> => {
    const known = await analysisOf(textDocument.uri);
    if (!known) return [];
    const found = linkablesIn(known.analysis);
    const asked = new Set(
      found.flatMap(({ to, name }) => (to === 'image' ? [name] : [])).slice(0, maximumImages),
    );
    const links = found.map(async ({ to, name, start, end }) => {
      const range = rangeOf(known.document, start, end);
      if (to === 'schema') return [{ range, target: schemaPage }];
      if (to === 'image') {
        const target = asked.has(name) ? await host.imageAddress(textDocument.uri, name) : undefined;
        return target === undefined
          ? []
          : [{ range, target, tooltip: 'Open the image of the connected cloud' }];
      }
      const path = await host.diskPath(textDocument.uri, name);
      return path === undefined ? [] : [{ range, target: pathToFileURL(path).href, tooltip: path }];
    });
    return (await Promise.all(links)).flat();
  });

  return ({ textDocument }) => {
    nested = textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true;
    foldLimit = textDocument?.foldingRange?.rangeLimit ?? foldLimit;
    return {
      documentSymbolProvider: { label: 'Cloud Images' },
      foldingRangeProvider: true,
      selectionRangeProvider: true,
      documentLinkProvider: {},
    };
  };
};
