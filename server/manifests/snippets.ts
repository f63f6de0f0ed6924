import { stringify } from 'yaml';
import type { Kind } from '../rules/facts.ts';
import type { Json } from '../rules/json.ts';
import { kindDefinitions } from './kindDefinitions.ts';
import { kinds } from './kinds.ts';

/** The beginning of a manifest, for an empty document. */
export interface Snippet {
  readonly kind: Kind;
  readonly label: string;
  readonly documentation: string;
  readonly body: Json;
}

export const snippets: readonly Snippet[] = kinds.map((kind) => ({ kind, ...kindDefinitions[kind].snippet }));

/** As text of a format; with the places as an editor's snippet has them, or empty. */
export function writeSnippet({ body }: Snippet, format: 'yaml' | 'json', places: boolean): string {
  const text =
    format === 'json' ? JSON.stringify(body, null, 2) : stringify(body, { lineWidth: 0 }).trimEnd();
  if (places) return text.replace(/\$(\d)/g, format === 'json' ? '$$$1' : '$${$1}');
  // What is left empty in YAML would be null.
  return format === 'json'
    ? text.replace(/\$\d/g, '')
    : text.replace(/(\/?)\$\d/g, (_, slash: string) => slash || '""');
}
