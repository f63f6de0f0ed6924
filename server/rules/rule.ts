import type { ContainerFacts, DiskFacts, Facts, ImageFacts, Kind, MadeBefore, Word } from './facts.ts';
import type { FindingId, RuleId } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { PolicySource } from './policies/policy.ts';
import type { Caller, ProfileName } from './profile/profile.ts';
import type { Release } from './profile/releases.ts';
import type { CloudVocabulary } from './profile/vocabulary.ts';
import type { Answer } from './service/answers.ts';
import type { ServerQuota } from './service/serverQuota.ts';
import type { Severity } from './severity.ts';
import type { Refused, Subject } from './subject.ts';

/** What a rule found, before the runner adds the rule's id and severity. */
export interface Observation {
  /** JSON Pointer (RFC 6901) into the manifest. */
  readonly pointer: string;
  /** Mark the key instead of the value; only where it differs from the rule's own. */
  readonly onKey?: boolean;
  /** Says what is wrong, where, and the remedy. */
  readonly message: string;
  readonly answer?: Answer;
  readonly fixes?: readonly Fix[];
  /** Only where it differs from the rule's own. */
  readonly severity?: Severity;
  /** What cures it beside a change of the text. */
  readonly curedBy?: 'repairDisk' | 'copyImage';
}

export interface Finding extends Observation {
  readonly rule: FindingId;
  readonly severity: Severity;
}

/** A repair, as edits of the data; the language service turns them into text. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly DataEdit[];
  /** The one to take without asking (fix on save, fix all). Never set where meaning would be lost. */
  readonly safe?: boolean;
}

export type DataEdit =
  /** At `LIST/-` behind the last item. */
  | { readonly do: 'set'; readonly pointer: string; readonly value: Json }
  | { readonly do: 'remove'; readonly pointer: string }
  /** Makes a scalar text, spelled as it is: `012` → `"012"`; or a key. */
  | { readonly do: 'quote'; readonly pointer: string; readonly onKey?: boolean }
  | { readonly do: 'rename'; readonly pointer: string; readonly name: string }
  /** Makes a value the only item of a list. */
  | { readonly do: 'wrap'; readonly pointer: string };

export interface Rule {
  /** `family/name`: stable, shown with every finding and sent by the emulator with every refusal. */
  readonly id: RuleId;
  readonly severity: Severity;
  readonly kinds: readonly Kind[];
  /** The article or guide section that states the restriction. */
  readonly source: string;
  /** One sentence: what the service does. */
  readonly summary: string;
  /** Manifests that the rule marks and leaves alone; its page and its test are made from them. */
  readonly example: Example;
  /** Where the restriction exists; everywhere when absent. */
  readonly profile?: ProfileName;
  /** Mark keys instead of values, but in patches, where names are values. */
  readonly marks?: 'key';
  /** The rank among what refuses one request, or fails one task: of several, the cloud reports the lowest. */
  readonly order?: number;
  /** The image service takes it; what refuses, or goes wrong, is each boot of a server of the image. */
  readonly atBoot?: true;
  /** It depends on all that the image has, so by another manifest of the image it is only likely. */
  readonly restsOnImage?: true;
  /** Its severity under the preset `strict`, where that is not the usual one. */
  readonly strict?: Severity;
  check(subject: Subject): Iterable<Observation>;
}

export interface Example {
  readonly kind: Kind;
  /** YAML. */
  readonly bad: string;
  readonly good: string;
  /** The disk that the bad one names, and the good one. */
  readonly disk?: DiskFacts;
  readonly goodDisk?: DiskFacts;
  /** The live image that both apply to, or the bad one alone where `goodImage` is given; null: there is none. */
  readonly image?: JsonObject | null;
  readonly goodImage?: JsonObject;
  /** Words of the bad one. */
  readonly words?: readonly Word[];
  /** The release that the cloud of both runs. */
  readonly release?: Release;
  /** Who asks, in both. */
  readonly caller?: Caller;
  /** The container that the bad one names, and the good one. */
  readonly container?: ContainerFacts;
  readonly goodContainer?: ContainerFacts;
  /** The live server of the bad one, and of the good one; null: there is none. */
  readonly server?: JsonObject | null;
  readonly goodServer?: JsonObject;
  /** What the account of the bad one may have of servers, and has. */
  readonly quota?: ServerQuota;
  /** What an earlier document of both files makes. */
  readonly made?: MadeBefore;
  /** The files of sources that are not there. */
  readonly missingSources?: NonNullable<Facts['missingSources']>;
  /** What the project asks, in both. */
  readonly policies?: readonly PolicySource[];
  /** What the connected cloud tells of itself, in both. */
  readonly vocabulary?: CloudVocabulary;
  /** Which image the bad one names. */
  readonly named?: Pick<ImageFacts, 'sameName' | 'unmatched'>;
}

/** Makes text of a number or boolean as it is written. */
export function quoteFix(pointer: string): Fix {
  return { title: 'Write it as text, in quotes', edits: [{ do: 'quote', pointer }], safe: true };
}

/** Turns the refusals of one rule into observations; `explain` adds what the person needs beyond the cloud's words. */
export function* observe(
  subject: Subject,
  rule: RuleId,
  explain: (refused: Refused) => Pick<Observation, 'message'> & Partial<Observation>,
): Generator<Observation> {
  for (const refused of subject.refusals()) {
    if (refused.refusal.rule !== rule) continue;
    const { pointer, status, text } = refused.refusal;
    yield { pointer, answer: { status, text }, ...explain(refused) };
  }
}
