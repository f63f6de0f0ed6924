import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import { stringify } from 'yaml';
import { applyEdits } from '../../../manifests/edits/applyEdits.ts';
import { applyDataEdits, sameData } from '../../../manifests/edits/dataEdits.ts';
import { draftEdits } from '../../../manifests/edits/textEdits.ts';
import type { ManifestDocument, ManifestFile } from '../../../manifests/file.ts';
import type { TextEdit } from '../../../manifests/nodes.ts';
import { readAgain } from '../../../manifests/read.ts';
import { isObject, type JsonObject, pointerTo } from '../../../rules/json.ts';
import type { DataEdit } from '../../../rules/rule.ts';
import { propertiesOf } from '../../../rules/service/importBody.ts';
import type { PlacedFinding } from '../../analysis/placedFinding.ts';
import { toWorkspaceEdit } from '../../lsp/convert.ts';
import { type ActionRequest, diagnosticsOf, findingsIn } from './action.ts';

/** Offers to set on the image, in a document behind the import, what an import does not take. */
export function moveBehindImport(request: ActionRequest): CodeAction[] {
  const { analysis, document } = request;
  const [first] = findingsIn(request, (rule) => rule === 'import/properties');
  if (!first || analysis.file.format === 'json') return [];
  const edits = moveProperties(analysis.file, first);
  if (!edits) return [];
  const findings = findingsIn(request, (rule) => rule === 'import/properties');
  return [
    {
      title: 'Move the properties to an image document behind the import',
      kind: CodeActionKind.QuickFix,
      diagnostics: diagnosticsOf(request, findings),
      edit: toWorkspaceEdit(document, edits),
    },
  ];
}

/** All properties but the name; undefined where they cannot be moved without changing anything else. */
function moveProperties(file: ManifestFile, { document: index }: PlacedFinding): TextEdit[] | undefined {
  const document = file.documents[index];
  if (!document) return undefined;
  const { name, ...values } = propertiesOf(document.data);
  const removals = Object.keys(values).map(
    (key): DataEdit => ({ do: 'remove', pointer: `/input/image_properties${pointerTo(key)}` }),
  );
  const target = file.documents[index + 1];
  const image = target?.kind === 'image' && isObject(target.data) ? target : undefined;
  const wanted = image
    ? { ...(image.data as JsonObject), ...values }
    : { ...(name === undefined ? {} : { name }), ...values };
  const removed = draftEdits(file, document, removals, 'alike');
  const added = image ? addTo(file, image, values) : [documentBehind(file, document, wanted)];
  const stripped = applyDataEdits(document.data, removals, () => undefined);
  if (!removed || !added || stripped === undefined) return undefined;
  const text = [...removed, ...added];
  const { documents, problems } = readAgain(file, applyEdits(file.text, text));
  const [now, behind] = [documents[index], documents[index + 1]];
  const fits =
    problems.length <= file.problems.length &&
    documents.length === file.documents.length + (image ? 0 : 1) &&
    now?.kind === 'import' &&
    sameData(stripped, now.data) &&
    behind?.kind === 'image' &&
    sameData(wanted, behind.data);
  return fits ? text : undefined;
}

/** Into the image document that is there; what it says already counts. */
function addTo(file: ManifestFile, image: ManifestDocument, values: JsonObject): TextEdit[] | undefined {
  const said = image.data as JsonObject;
  if (Object.keys(values).some((name) => Object.hasOwn(said, name))) return undefined;
  const edits = Object.entries(values).map(
    ([name, value]): DataEdit => ({ do: 'set', pointer: pointerTo(name), value }),
  );
  return draftEdits(file, image, edits, 'alike');
}

function documentBehind({ text }: ManifestFile, { end }: ManifestDocument, image: JsonObject): TextEdit {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const own = `---\n${stringify(image, { lineWidth: 0 })}`.replaceAll('\n', eol);
  const begins = end === 0 || text[end - 1] === '\n' ? '' : eol;
  return { start: end, end, text: begins + own };
}
