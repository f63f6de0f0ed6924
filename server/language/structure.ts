import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver/node';
import { foldsOf } from './folding.ts';
import { diskNamesIn } from './links.ts';
import { outlineOf } from './outline.ts';
import { selectionsAt } from './selection.ts';
import type { Feature } from './session.ts';
import { rangeOf, toFlatSymbols, toFolds, toSelection, toSymbol } from './structureToLsp.ts';

/** How a document is built: outline, folding, selection, links to the disks on this machine. */
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
    const links = diskNamesIn(known.analysis).map(async ({ name, start, end }) => {
      const path = await host.diskPath(textDocument.uri, name);
      const range = rangeOf(known.document, start, end);
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
