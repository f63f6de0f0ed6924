import type { Case } from './cases.ts';
import type { Judges, Verdicts } from './judges.ts';

export function judge(judges: Judges, one: Case): Promise<Verdicts> {
  if (one.kind === 'disk') return judges.disk(one.spec, one.properties);
  if (one.kind === 'import-from') return judges.importFrom(one.address, one.properties);
  return judges.export(one.container, one.of, one.again, one.licences);
}

/** How the two sides differ; undefined where they agree: the same verdict, and for the same reason in the same words. */
export function disagreement({ editor, emulator }: Verdicts): string | undefined {
  const said = `editor ${editor.accepted ? 'accepts' : `refuses (${editor.rules.join(', ')}: ${editor.texts.join(' | ')})`}, emulator ${
    emulator.accepted
      ? 'accepts'
      : `refuses (${emulator.status ?? 'task'} ${emulator.rules.join(', ')}: ${emulator.texts.join(' | ')})`
  }`;
  // Where it says that it did not look at the disk, it may not know the reason that the cloud gives first.
  if (editor.unchecked && (editor.accepted || !emulator.accepted)) return undefined;
  if (editor.accepted !== emulator.accepted) return said;
  if (emulator.accepted) return undefined;
  const sameReason = emulator.rules.every((rule) => editor.rules.includes(rule));
  const sameWords = emulator.texts.every((text) =>
    editor.texts.some((message) => oneLine(message).includes(oneLine(text))),
  );
  return sameReason && sameWords ? undefined : said;
}

/** Error bodies are HTML or text by `Accept`, so white space is not part of the words. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
