import type { InlayHint } from 'vscode-languageserver';
import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type ManifestNode } from '../../manifests/nodes.ts';
import type { Facts } from '../../rules/facts.ts';
import { pointerTo, tokensOf } from '../../rules/json.ts';
import type { Profile } from '../../rules/profile/profile.ts';
import { judgeProperty } from '../../rules/properties/judge.ts';
import { gigabytes } from '../../rules/service/answers.ts';
import { show } from '../../rules/service/attributes.ts';
import { listDrift } from '../../rules/service/drift.ts';
import { imagingTimeOf } from '../../rules/service/imagingAttempt.ts';
import { withoutSource } from '../../rules/source/source.ts';
import { knownImages } from '../../rules/subject.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { findImageNodes } from '../analysis/imageNodes.ts';
import { coalesced } from '../lsp/coalesce.ts';
import type { Feature } from './feature.ts';

/** Text shown behind a value, not part of the document. */
interface Inlay {
  readonly at: number;
  readonly label: string;
}

/** Attributes whose value is a number of bytes. */
const sizes = ['size', 'virtual_size'];
const smallest = 1_000_000;

export const inlayHint: Feature = ({ connection, analyses, onStale }) => {
  let refreshes = false;
  const askAgain = coalesced(
    () => connection.languages.inlayHint.refresh(),
    (error) => connection.console.warn(`The client did not ask for hints again: ${String(error)}`),
  );
  onStale((_, reason) => {
    if (refreshes && reason === 'outside') askAgain();
  });
  connection.languages.inlayHint.on(async ({ textDocument, range }): Promise<InlayHint[]> => {
    const analyzed = await analyses.current(textDocument.uri);
    if (!analyzed) return [];
    const { document, analysis } = analyzed;
    const inlays = listInlays(analysis, document.offsetAt(range.start), document.offsetAt(range.end));
    return inlays.map(({ at, label }) => ({ position: document.positionAt(at), label, paddingLeft: true }));
  });
  return ({ workspace }) => {
    refreshes = workspace?.inlayHint?.refreshSupport === true;
    return { inlayHintProvider: true };
  };
};

/**
 * Sizes in bytes as people say them, how long a server is imaged, and live values that differ from those that are stated;
 * between two offsets.
 */
function listInlays({ file, facts, settings }: Analysis, start: number, end: number): Inlay[] {
  const inlays: Inlay[] = [];
  for (const document of file.documents) {
    const known = facts[document.index];
    if (document.kind === 'server-image' && known)
      inlays.push(...durationOf(document, known).filter(({ at }) => at >= start && at <= end));
    if (document.kind !== 'image') continue;
    if (known && settings.liveValues)
      inlays.push(...listLiveValues(document, known).filter(({ at }) => at >= start && at <= end));
    for (const { node } of findImageNodes(document)) {
      if (node.end < start || node.start > end) continue;
      inlays.push(...listReadings(node, settings.profile).filter(({ at }) => at >= start && at <= end));
      for (const name of sizes) {
        const value = findMember(node, [name])?.member.node;
        if (typeof value?.value !== 'number' || value.value < smallest) continue;
        if (value.start >= start && value.end <= end)
          inlays.push({ at: value.end, label: `= ${gigabytes(value.value)}` });
      }
    }
  }
  return inlays;
}

/** Behind each property that Nova reads as something else: the value that it takes it for. */
function listReadings({ members }: ManifestNode, { compute, release }: Profile): Inlay[] {
  if (!compute.hasMicroversions) return [];
  return members.flatMap(({ token, node }) => {
    const text = node.value;
    if (typeof text !== 'string' || typeof token !== 'string') return [];
    const judged = judgeProperty(token, text, release);
    if (judged.type === 'readFalse') return [{ at: node.end, label: 'false to Nova' }];
    const isOther = judged.type === 'accepted' && typeof judged.value === 'string' && judged.value !== text;
    return isOther ? [{ at: node.end, label: `${judged.value} to Nova` }] : [];
  });
}

/** Behind each value that the live image has otherwise; nothing where it is not known, or documents before change it. */
function listLiveValues({ root, data }: ManifestDocument, facts: Facts): Inlay[] {
  return knownImages(data, facts).flatMap(
    ({ pointer, image, facts: { image: live, imageFrom, made, opened } }) => {
      if (!live || imageFrom !== undefined || made || !live.has('updated_at')) return [];
      const stated = new Map(Object.entries(withoutSource(image)));
      stated.delete('members');
      return listDrift(live, stated).flatMap((drift) => {
        const found = root && findMember(root, tokensOf(pointer + pointerTo(drift.name)))?.member;
        // In the text of the image itself it is what the person is adding.
        if (!found || (opened && drift.live === undefined)) return [];
        const { key, node } = found;
        const label = drift.live === undefined ? 'not in the live image' : `live: ${show(drift.live)}`;
        // A block begins on the next line: there the colon is behind the key.
        const isBlock = node.type !== 'scalar' && !node.flow;
        return [{ at: isBlock && key ? key.end + 1 : node.end, label }];
      });
    },
  );
}

/** Behind the size that decides it. */
function durationOf({ root, data }: ManifestDocument, facts: Facts): Inlay[] {
  const time = imagingTimeOf(data, facts);
  const size = time && root && findMember(root, ['server', 'disk', time.from])?.member.node;
  if (!time || !size) return [];
  const { coalesce, save } = time;
  return [
    {
      at: size.end,
      label: `≈ ${duration(coalesce + save)} of imaging, ${duration(coalesce)} of it to coalesce`,
    },
  ];
}

/** Minutes as people say them. */
function duration(minutes: number): string {
  const whole = Math.max(Math.round(minutes), 1);
  const [hours, rest] = [Math.floor(whole / 60), whole % 60];
  return [hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : '']
    .filter((part) => part !== '')
    .join(' ');
}
