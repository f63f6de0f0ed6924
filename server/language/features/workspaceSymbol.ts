import { type SymbolInformation, SymbolKind } from 'vscode-languageserver';
import type { Mention } from '../index/mentions.ts';
import type { Feature } from './feature.ts';

const maximumSymbols = 1000;

const symbolKinds: Readonly<Record<Mention['what'], SymbolKind>> = {
  image: SymbolKind.Object,
  property: SymbolKind.Property,
  tag: SymbolKind.Key,
};

/** Finds images, properties and tags of the workspace by a part of their name. */
export const workspaceSymbol: Feature = ({ connection, workspace }) => {
  connection.onWorkspaceSymbol(async ({ query }): Promise<SymbolInformation[]> => {
    const wanted = query.toLowerCase();
    const found = await workspace.mentions(
      ({ defines, name }) => defines && name !== '' && name.toLowerCase().includes(wanted),
    );
    return found
      .slice(0, maximumSymbols)
      .map(({ mention, location }) => ({ name: mention.name, kind: symbolKinds[mention.what], location }));
  });
  return () => ({ workspaceSymbolProvider: true });
};
